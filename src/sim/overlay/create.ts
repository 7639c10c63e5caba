import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE, S_ISGID } from '../../host/constants.ts';
import { isDirectory, isSymlink } from '../../host/stat.ts';
import { aclForCreate, type Acl } from '../vfs/acl.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne, vfsTmpfile } from '../vfs/namei.ts';
import { vfsSetAcl } from '../vfs/xattr.ts';
import { allowsOfflineChanges } from './config.ts';
import { copyUp } from './copy-up.ts';
import { ENTRY_UPPER_ALIAS, INODE_UPPERDATA, PATH_MERGE, PATH_ORIGIN } from './flags.ts';
import { getInode } from './get-inode.ts';
import { setImpure } from './impure.ts';
import { isWhiteoutIn, MARK, setIfSupported } from './layer-xattr.ts';
import { isWhiteout, setOpaqueEntry } from './lookup.ts';
import { directoryModified } from './modified.ts';
import { beginNlinkChange, endNlinkChange, wantWrite } from './nlink-change.ts';
import { overlayInode, setEntryFlag, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { setRedirect } from './redirect.ts';
import { cleanup, createReal, createTemp, moveFromWorkdir, type Attributes } from './temp.ts';
import { setMode } from './upper-attributes.ts';

/** Makes a new object of any type, its directory in the upper layer first (ovl_create_object, R98). `mode` has its S_IF* bits. */
export function createObject(cred: Credentials, dentry: Dentry, mode: number, rdev: number, target?: string): number {
  const parent = overlayInode(dentry.parent);
  const answer = copyUp(dentry.parent) || wantWrite(parent.sb);
  if (answer < 0) return answer;
  const owner = newOwner(cred, parent, mode);
  const creator = { ...parent.sb.creator, fsuid: owner.uid, fsgid: owner.gid };
  return new Creation(dentry, creator, { mode: owner.mode, rdev, target }).run();
}

/** R120, R118: the caller owns what it makes, but for what the directory says of the group (inode_init_owner). */
function newOwner(
  cred: Credentials,
  parent: OverlayInode,
  mode: number,
): { readonly uid: number; readonly gid: number; readonly mode: number } {
  const inherits = (parent.mode & S_ISGID) !== 0;
  return {
    uid: cred.fsuid,
    gid: inherits ? parent.gid : cred.fsgid,
    mode: inherits && isDirectory(mode) ? mode | S_ISGID : mode,
  };
}

/** A new name for an object that is there (ovl_link, R158, R178). */
export function linkObject(old: Dentry, dentry: Dentry): number {
  const answer = copyUp(old) || copyUp(dentry.parent) || beginNlinkChange(old);
  if (answer < 0) return answer;
  const linked = linkUpper(old, dentry);
  endNlinkChange(old);
  return linked;
}

function linkUpper(old: Dentry, dentry: Dentry): number {
  const inode = overlayInode(old);
  const parent = overlayInode(dentry.parent);
  if (inode.upper === null || parent.upper === null) return -errno.EIO;
  if (inode.isMetacopy) {
    const answer = setRedirect(old, 'elsewhere');
    if (answer < 0) return answer;
  }
  if ((inode.pathType & PATH_ORIGIN) !== 0) {
    const answer = setImpure(parent, parent.upper);
    if (answer < 0) return answer;
  }
  return new Creation(dentry, inode.sb.creator, { mode: inode.mode, hardlink: inode.upper }, inode).run();
}

/** A file without a name (ovl_tmpfile, R119). */
export function createTmpfile(cred: Credentials, dentry: Dentry, mode: number): number {
  const parent = overlayInode(dentry.parent);
  const overlay = parent.sb;
  if (!overlay.tmpfile) return -errno.EOPNOTSUPP;
  const answer = copyUp(dentry.parent) || wantWrite(overlay);
  if (answer < 0) return answer;
  if (parent.upper === null) return -errno.EIO;
  const owner = newOwner(cred, parent, mode);
  const creator = { ...overlay.creator, fsuid: owner.uid, fsgid: owner.gid };
  const upper = vfsTmpfile(creator, parent.upper, owner.mode, 'linkable');
  if (typeof upper === 'number') return upper;
  const inode = newUpperInode(overlay, upper);
  if (typeof inode === 'number') return inode;
  setEntryFlag(dentry, ENTRY_UPPER_ALIAS);
  dentry.inode = inode;
  inode.alias ??= dentry;
  return 0;
}

function newUpperInode(overlay: OverlaySuperblock, upper: Dentry): OverlayInode | number {
  const inode = getInode(overlay, { upper, lower: [] });
  if (typeof inode !== 'number') inode.flags |= INODE_UPPERDATA;
  return inode;
}

/** One new name in the upper layer: of a new object, or a hard link. */
class Creation {
  readonly #dentry: Dentry;
  readonly #cred: Credentials;
  #attributes: Attributes;
  /** The object that gets a further name. */
  readonly #linked: OverlayInode | undefined;
  readonly #parent: OverlayInode;
  readonly #overlay: OverlaySuperblock;

  constructor(dentry: Dentry, cred: Credentials, attributes: Attributes, linked?: OverlayInode) {
    this.#dentry = dentry;
    this.#cred = cred;
    this.#attributes = attributes;
    this.#linked = linked;
    this.#parent = overlayInode(dentry.parent);
    this.#overlay = this.#parent.sb;
  }

  run(): number {
    const directory = this.#parent.upper;
    if (directory === null) return -errno.EIO;
    return isWhiteout(this.#dentry) ? this.#overWhiteout(directory) : this.#inUpper(directory);
  }

  /** R112, R115 (ovl_create_upper). */
  #inUpper(directory: Dentry): number {
    const overlay = this.#overlay;
    const upper = lookupOne(this.#cred, directory, this.#dentry.name);
    if (typeof upper === 'number') return upper;
    const answer = createReal(this.#cred, upper, this.#attributes);
    if (answer < 0) return answer;
    const mayHaveLower = (this.#parent.pathType & PATH_MERGE) !== 0 && positive(upper).isDirectory;
    // Nothing is below now; the mark keeps it so if the layers are changed. That it may fail does not matter.
    if (mayHaveLower && !allowsOfflineChanges(overlay.config)) this.#setOpaque(upper);
    return this.#instantiate(upper);
  }

  /** R113, R114: made aside and moved over the whiteout (ovl_create_over_whiteout). */
  #overWhiteout(directory: Dentry): number {
    const overlay = this.#overlay;
    const { workdir } = overlay;
    if (workdir === undefined) return -errno.EROFS;
    const acls = this.#linked === undefined ? this.#inheritAcls() : noAcls;
    if (typeof acls === 'number') return acls;
    const upper = lookupOne(this.#cred, directory, this.#dentry.name);
    if (typeof upper === 'number') return upper;
    if (upper.inode === null || !isWhiteoutIn(overlay, upper)) return -errno.ESTALE;
    const temp = createTemp(overlay, workdir, this.#attributes, this.#cred);
    if (typeof temp === 'number') return temp;
    const answer = this.#complete(temp, acls) || this.#moveOver(temp, directory, upper);
    if (answer < 0) {
      cleanup(overlay, temp);
      return answer;
    }
    return this.#instantiate(temp);
  }

  /** What the directory's default ACL says, or the umask: the work directory, where the object is made, has neither. */
  #inheritAcls(): InheritedAcls | number {
    const { mode } = this.#attributes;
    if (isSymlink(mode)) return noAcls;
    const inherited = this.#parent.getAcl('default');
    if (typeof inherited === 'number') return inherited;
    if (inherited === null) {
      this.#attributes = { ...this.#attributes, mode: mode & ~this.#overlay.kernel.umask };
      return noAcls;
    }
    const { acl, mode: bits, complete } = aclForCreate(inherited, mode & 0o777);
    this.#attributes = { ...this.#attributes, mode: (mode & ~0o777) | bits };
    return { access: complete ? null : acl, default: isDirectory(mode) ? inherited : null };
  }

  #complete(temp: Dentry, acls: InheritedAcls): number {
    if (this.#linked !== undefined) return 0;
    const { mode } = this.#attributes;
    if (!isSymlink(mode) && positive(temp).mode !== mode) {
      const answer = setMode(this.#overlay, temp, mode);
      if (answer < 0) return answer;
    }
    for (const type of ['access', 'default'] as const) {
      const acl = acls[type];
      const answer = acl === null ? 0 : vfsSetAcl(this.#cred, temp, type, acl);
      if (answer < 0) return answer;
    }
    return isDirectory(mode) ? this.#setOpaque(temp) : 0;
  }

  #moveOver(temp: Dentry, directory: Dentry, whiteout: Dentry): number {
    const exchange = this.#linked === undefined && isDirectory(this.#attributes.mode);
    const flags = exchange ? RENAME_EXCHANGE : 0;
    const answer = moveFromWorkdir(this.#cred, temp, directory, whiteout, flags);
    if (answer === 0 && exchange) cleanup(this.#overlay, whiteout);
    return answer;
  }

  #setOpaque(upper: Dentry): number {
    const answer = setIfSupported(this.#overlay, upper, 'opaque', MARK, -errno.EIO);
    if (answer === 0) setOpaqueEntry(this.#dentry);
    return answer;
  }

  /** Makes the name lead to the object (ovl_instantiate). */
  #instantiate(upper: Dentry): number {
    directoryModified(this.#parent, 'pure');
    setEntryFlag(this.#dentry, ENTRY_UPPER_ALIAS);
    if (this.#linked !== undefined) {
      this.#linked.nlink += 1;
      this.#linked.attach(this.#dentry);
      // The next lookup finds what is below the new name.
      this.#dentry.drop();
      return 0;
    }
    const inode = newUpperInode(this.#overlay, upper);
    if (typeof inode === 'number') {
      cleanup(this.#overlay, upper);
      return inode;
    }
    inode.attach(this.#dentry);
    return 0;
  }
}

interface InheritedAcls {
  readonly access: Acl | null;
  readonly default: Acl | null;
}

const noAcls: InheritedAcls = { access: null, default: null };
