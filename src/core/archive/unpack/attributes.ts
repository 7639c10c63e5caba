import {
  isSystemError,
  type Dir,
  type Fd,
  type FileSystem,
  type Name,
  type Stat,
  type Timestamp,
} from '../../../host/index.ts';
import type { Owner } from '../../files/directory.ts';
import { ownerOnHost, UnmappedIdError, type IdMaps } from '../../id-map.ts';
import type { ArchiveEntry } from '../tar/entry.ts';
import { quoted, Refusal } from '../errors.ts';
import { isOverlayXattr } from '../lower-stack.ts';

/** Takes a warning about the member being unpacked. */
export type Report = (message: string) => void;

export const defaultAclXattr = 'system.posix_acl_default';
const accessAclXattr = 'system.posix_acl_access';

/** What a file is given besides its content and times. */
export interface Attributes {
  readonly uid: number;
  readonly gid: number;
  /** 07777. */
  readonly mode: number;
  readonly xattrs: Iterable<readonly [string, Uint8Array]>;
}

/** The attributes of a file that is there. */
export interface KnownAttributes extends Attributes {
  readonly xattrs: readonly (readonly [string, Uint8Array])[];
}

/** The largest id: the one after it is what chown(2) takes for "leave it". */
const idMax = 0xfffffffe;

/** Refuses ids that no file can have, instead of cutting them to 32 bits, which can make them root's (D3). */
export function checkIds({ uid, gid }: ArchiveEntry): void {
  if (!isId(uid)) throw new Refusal(`the uid ${uid} is outside 0…${idMax}`);
  if (!isId(gid)) throw new Refusal(`the gid ${gid} is outside 0…${idMax}`);
}

/** The member with the owner that it has on disk; the maps may have none. */
export function onDisk(entry: ArchiveEntry, idMaps: IdMaps | undefined): ArchiveEntry {
  if (idMaps === undefined) return entry;
  try {
    const { uid, gid } = ownerOnHost(idMaps, entry);
    return uid === entry.uid && gid === entry.gid ? entry : { ...entry, uid, gid };
  } catch (error) {
    if (error instanceof UnmappedIdError) throw new Refusal(error.message);
    throw error;
  }
}

function isId(id: number): boolean {
  return id >= 0 && id <= idMax;
}

/** The times a member is given: read no earlier than it was written, as Docker sets them. */
export function timesOf({ atime, mtime }: ArchiveEntry): { atime: Timestamp; mtime: Timestamp } {
  const modified = storable(mtime);
  if (atime === undefined) return { atime: modified, mtime: modified };
  const accessed = storable(atime);
  const earlier = accessed.sec < modified.sec || (accessed.sec === modified.sec && accessed.nsec < modified.nsec);
  return { atime: earlier ? modified : accessed, mtime: modified };
}

/** The last and the first second that a host is handed exactly. A filesystem that holds less cuts it itself (D2). */
function storable({ sec, nsec }: Timestamp): Timestamp {
  return { sec: Math.max(Number.MIN_SAFE_INTEGER, Math.min(sec, Number.MAX_SAFE_INTEGER)), nsec };
}

/**
 * Gives an open file its attributes: owner, then xattrs (a change of owner takes capabilities away), then mode (which an
 * ACL would change, D6). Owner and mode of a new file most often are right already; to look costs less than to set one of them.
 */
export function setByDescriptor(fs: FileSystem, fd: Fd, attributes: Attributes, report: Report): void {
  const { uid, gid, mode } = attributes;
  const found = fs.fstat(fd);
  let right = found.uid === uid && found.gid === gid && found.permissions === mode;
  if (found.uid !== uid || found.gid !== gid) fs.fchown(fd, uid, gid);
  for (const [name, value] of attributes.xattrs) {
    right = false;
    setXattr(name, value, report, () => {
      fs.fsetxattr(fd, name, value);
    });
  }
  if (!right) fs.fchmod(fd, mode);
}

/** The same for a name; a symlink has no mode of its own. `owner` is who owns the file already, where that is known. */
export function setByName(
  dir: Dir,
  name: Name,
  attributes: Attributes,
  report: Report,
  type: 'symlink' | 'other',
  owner?: Owner,
): void {
  // chown(2) takes capabilities away even where it changes nothing.
  if (owner?.uid !== attributes.uid || owner.gid !== attributes.gid) {
    dir.lchown(name, attributes.uid, attributes.gid);
  }
  const xattrs = [...attributes.xattrs];
  // A file that has a name already may forbid its owner to write, and so to set user.* attributes.
  if (type === 'other' && xattrs.length > 0) dir.chmod(name, attributes.mode | 0o200);
  for (const [attribute, value] of xattrs) {
    setXattr(attribute, value, report, () => {
      dir.lsetxattr(name, attribute, value);
    });
  }
  if (type === 'other') dir.chmod(name, attributes.mode);
}

/**
 * Sets an attribute, but for overlayfs's own, with which a layer could hide or show what it must not (A8). Where the
 * filesystem has no such attributes, or forbids them (user.* of a symlink, trusted.* in a user namespace), that is told and
 * passed over, as by dockerd (D5, D9).
 */
function setXattr(name: string, value: Uint8Array, report: Report, set: () => void): void {
  if (isOverlayXattr(name)) {
    report(`the attribute ${quoted(name)} belongs to overlayfs and is left out`);
    return;
  }
  // The kernel checks capabilities, but takes an empty value, and then nobody can read what the file has.
  if (name === 'security.capability' && value.length === 0) throw new Refusal('the capabilities are empty');
  try {
    set();
  } catch (error) {
    if (!isSystemError(error, 'EOPNOTSUPP', 'EPERM')) throw error;
    report(`the attribute ${quoted(name)} cannot be set: ${error.message}`);
  }
}

/**
 * Removes the attributes that a directory had before a member described it anew (B7). A label stays, it is the host's; and so does
 * what the filesystem lists and does not let anybody have, as aufs does with ACLs.
 */
export function removeXattrs(fs: FileSystem, fd: Fd, keep: ReadonlyMap<string, unknown>): void {
  for (const name of namesOf(() => fs.flistxattr(fd))) {
    if (keep.has(name) || name === 'security.selinux') continue;
    try {
      fs.fremovexattr(fd, name);
    } catch (error) {
      if (!isSystemError(error, 'EOPNOTSUPP')) throw error;
    }
  }
}

/** All attributes of a file of another layer, overlayfs's own left out. */
export function attributesOf(dir: Dir, name: Name, stat: Stat): KnownAttributes {
  const names = namesOf(() => dir.llistxattr(name));
  const xattrs = names.map((attribute) => [attribute, dir.lgetxattr(name, attribute)] as const);
  return { uid: stat.uid, gid: stat.gid, mode: stat.permissions, xattrs };
}

/** The same of an open file. */
export function attributesOfDescriptor(fs: FileSystem, fd: Fd, stat: Stat): KnownAttributes {
  const names = namesOf(() => fs.flistxattr(fd));
  const xattrs = names.map((attribute) => [attribute, fs.fgetxattr(fd, attribute)] as const);
  return { uid: stat.uid, gid: stat.gid, mode: stat.permissions, xattrs };
}

/** The attributes' names without overlayfs's own; a filesystem that knows none has none. */
function namesOf(list: () => readonly string[]): readonly string[] {
  try {
    return list().filter((name) => !isOverlayXattr(name));
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}

/** Whether a directory hands ACLs down to its new children. */
export function hasDefaultAcl(get: () => Uint8Array): boolean {
  return unlessAbsent(get) !== undefined;
}

/** Takes from a new file the ACLs that its directory gave it (D7). */
export function dropInheritedAcls(dir: Dir, name: Name): void {
  for (const attribute of [accessAclXattr, defaultAclXattr]) {
    unlessAbsent(() => {
      dir.lremovexattr(name, attribute);
    });
  }
}

function unlessAbsent<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (isSystemError(error, 'ENODATA', 'EOPNOTSUPP', 'EPERM')) return undefined;
    throw error;
  }
}
