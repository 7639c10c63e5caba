import { O_PATH } from '../../host/constants.ts';
import { errno } from '../../host/errno.ts';
import type { Statfs } from '../../host/stat.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { Dentry } from '../vfs/dentry.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import { Inode } from '../vfs/inode.ts';
import type { Kernel } from '../vfs/kernel.ts';
import { Mount } from '../vfs/mount.ts';
import { OpenFile, type FileOperations } from '../vfs/open-file.ts';
import type { SavedValue } from '../vfs/snapshot.ts';
import { Superblock } from '../vfs/superblock.ts';

/** The filesystem of descriptors that stand for no file, such as those of fsopen (anon_inodefs). It is never mounted. */
const anonymousType: FilesystemType = {
  name: 'anon_inodefs',
  requiresDevice: false,
  userNamespaceMount: false,
  initContext: () => {
    throw new Error('anon_inodefs is never mounted');
  },
  restore: () => {
    throw new Error('anon_inodefs is made with its machine');
  },
};

class AnonymousInode extends Inode {
  override setattr(): number {
    return -errno.EOPNOTSUPP;
  }
}

class AnonymousSuperblock extends Superblock {
  readonly magic = 0x09041934;

  override statfs(): Statfs {
    const zero = { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, fsid: 0n, flags: 0 };
    return { type: this.magic, bsize: this.blockSize, namelen: 255, frsize: this.blockSize, ...zero };
  }

  override save(): SavedValue {
    return null;
  }

  override inodeById(): Inode | null {
    return this.root.inode;
  }
}

/** Makes descriptors that stand for no file. */
export class AnonymousFiles {
  readonly #mount: Mount;

  constructor(kernel: Kernel) {
    const owner = kernel.initialUserNamespace;
    const sb = new AnonymousSuperblock(kernel, anonymousType, owner, { id: 0, dev: 0, userNamespace: owner });
    const inode = new AnonymousInode(sb, 1, 0o600);
    sb.root = new Dentry(sb, undefined, 'anon_inode:', inode);
    this.#mount = new Mount(0, sb, sb.root, 0, 'anon_inodefs');
  }

  open(cred: Credentials, flags: number, ops: FileOperations): OpenFile {
    const path = { mount: this.#mount, dentry: this.#mount.root };
    const inode = this.#mount.root.inode;
    if (inode === null || (flags & O_PATH) !== 0) throw new Error('an anonymous file is a real one');
    inode.pin();
    return new OpenFile(path, inode, flags, cred, ops);
  }

  /** Whether a file is one of these. */
  owns(file: OpenFile): boolean {
    return file.mount === this.#mount;
  }
}
