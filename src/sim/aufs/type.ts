import { errno } from '../../host/errno.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import { NO_PARAMETER, type FsContext, type FsContextOperations, type FsParameter } from '../vfs/fs-context.ts';
import type { Kernel } from '../vfs/kernel.ts';
import type { Loader, SavedValue } from '../vfs/snapshot.ts';
import type { Superblock, SuperblockIdentity } from '../vfs/superblock.ts';
import { AufsSuperblock, type AufsFactory } from './aufs-superblock.ts';
import { newUnionInode } from './inodes.ts';
import { appendBranches, makeUnion } from './make-union.ts';
import { parseOptions } from './options.ts';
import { restoreUnion, saveUnion } from './snapshot.ts';

/** aufs as a type of filesystem that can be mounted. */
export class AufsFilesystemType implements FilesystemType {
  readonly name = 'aufs';
  readonly requiresDevice = false;
  readonly userNamespaceMount = false;

  initContext(_context: FsContext): FsContextOperations {
    return new AufsContext();
  }

  restore(kernel: Kernel, identity: SuperblockIdentity, saved: SavedValue, loader: Loader): Superblock {
    return restoreUnion(kernel, this, factory, identity, saved, loader);
  }
}

const factory: AufsFactory = { newInode: newUnionInode, save: saveUnion };

/** A mount of aufs, or the change of one. Its options are one text, as mount(2) has it: aufs knows no other API. */
class AufsContext implements FsContextOperations {
  readonly #words: string[] = [];

  parseMonolithic(_context: FsContext, data: string | undefined): number {
    if (data !== undefined && data !== '') this.#words.push(data);
    return 0;
  }

  parseParameter(context: FsContext, parameter: FsParameter): number {
    if (parameter.key === 'source') return NO_PARAMETER;
    if (parameter.type === 'file') {
      return context.invalid(`VFS: Legacy: Parameter type for '${parameter.key}' not supported`);
    }
    const word = parameter.type === 'flag' ? parameter.key : `${parameter.key}=${parameter.string}`;
    if (word.includes(',')) return context.invalid(`VFS: Legacy: Option '${parameter.key}' contained comma`);
    this.#words.push(word);
    return 0;
  }

  getTree(context: FsContext): number {
    if (this.#words.length === 0) return refuse(context, 'no arg');
    const parsed = parseOptions(this.#words.join(','), 'mount');
    if (parsed.unknown !== undefined) return refuse(context, `unknown option ${parsed.unknown}`);
    const union = makeUnion(context, parsed, factory);
    if (typeof union === 'number') return union;
    context.root = union.root;
    return 0;
  }

  reconfigure(context: FsContext): number {
    const sb = context.reconfigured?.sb;
    if (!(sb instanceof AufsSuperblock)) return -errno.EINVAL;
    const parsed = parseOptions(this.#words.join(','), 'remount');
    if (parsed.unknown !== undefined) return refuse(context, `unknown option ${parsed.unknown}`);
    const answer = appendBranches(sb, context, parsed);
    if (answer === 0) sb.options = { ...sb.options, ...parsed.changes };
    return answer;
  }
}

function refuse(context: FsContext, message: string): number {
  context.kernel.log(`aufs ${message}`);
  return -errno.EINVAL;
}
