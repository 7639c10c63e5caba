import { errno } from '../../host/errno.ts';
import { O_WRONLY, S_IFDIR, S_IFMT } from '../../host/constants.ts';
import { isRegular, isSymlink } from '../../host/stat.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { closeFile } from '../vfs/file.ts';
import type { Kstat } from '../vfs/kstat.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne, vfsLink, vfsTmpfile } from '../vfs/namei.ts';
import { vfsRename } from '../vfs/rename.ts';
import { copyData, openReal } from './copy-data.ts';
import { copyXattrs } from './copy-xattrs.ts';
import { encodeReal } from './handles.ts';
import { setIfSupported, setPrivate } from './layer-xattr.ts';
import { LayerPath, type Layer } from './layer.ts';
import { storeOrigin } from './origin.ts';
import { indexName, type OriginHandle } from './origin-handle.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { copyProtection } from './protection.ts';
import { cleanup, createTemp, moveFromWorkdir } from './temp.ts';
import { setAttributes, setSize } from './upper-attributes.ts';

/** What an upper object is to become. */
export interface UpperCopy {
  readonly overlay: OverlaySuperblock;
  readonly upperLayer: Layer;
  /** The directory that it is made in. */
  readonly workdir: Dentry;
  /** Where its attributes and its data are taken from. */
  readonly lower: LayerPath;
  readonly lowerdata: LayerPath | undefined;
  readonly stat: Kstat;
  readonly metacopy: boolean;
  /** A directory that gets an index entry. */
  readonly indexed: boolean;
  /** `undefined`: nothing ties it to the lower object. `null`: the lower's handle would be of no use. */
  readonly origin: OriginHandle | null | undefined;
  /** The directory and the name where it is put. */
  readonly directory: Dentry;
  readonly name: string;
}

/** Makes the upper object aside and puts it into its place: its dentry there, or an errno. */
export function makeUpperCopy(copy: UpperCopy): Dentry | number {
  return isRegular(copy.stat.mode) && copy.overlay.tmpfile ? copyByTmpfile(copy) : copyByWorkdir(copy);
}

/** A regular file without a name, which is linked into its place (ovl_copy_up_tmpfile). */
function copyByTmpfile(copy: UpperCopy): Dentry | number {
  const { overlay, workdir, stat } = copy;
  const temp = vfsTmpfile(overlay.creator, workdir, stat.mode, 'linkable');
  if (typeof temp === 'number') return temp;
  const inode = positive(temp);
  inode.pin();
  const placed = copyBytes(copy, temp) || copyMetadata(copy, temp) || linkInto(copy, temp);
  inode.unpin();
  return placed === 0 ? lookupOne(overlay.creator, copy.directory, copy.name) : placed;
}

/** EEXIST where a whiteout has the name: the file was open when its name was removed (R103). */
function linkInto({ overlay, directory, name }: UpperCopy, temp: Dentry): number {
  const upper = lookupOne(overlay.creator, directory, name);
  return typeof upper === 'number' ? upper : vfsLink(overlay.creator, temp, positive(directory), upper);
}

/** An object of any type in the work directory, which is renamed into its place (ovl_copy_up_workdir). */
function copyByWorkdir(copy: UpperCopy): Dentry | number {
  const { overlay, workdir, stat, lower } = copy;
  const target = isSymlink(stat.mode) ? positive(lower.dentry).getLink(overlay.creator, lower.dentry) : undefined;
  if (typeof target === 'number') return target;
  // The mode would be cut by the umask now; it is set later.
  const temp = createTemp(overlay, workdir, { mode: stat.mode & S_IFMT, rdev: stat.rdev, target });
  if (typeof temp === 'number') return temp;
  const answer = copyBytes(copy, temp) || createIndex(copy, temp) || copyMetadata(copy, temp) || moveInto(copy, temp);
  if (answer === 0) return temp;
  cleanup(overlay, temp);
  return answer;
}

function moveInto({ overlay, directory, name }: UpperCopy, temp: Dentry): number {
  const upper = lookupOne(overlay.creator, directory, name);
  if (typeof upper === 'number') return upper;
  return moveFromWorkdir(overlay.creator, temp, directory, upper, 0);
}

function copyBytes(copy: UpperCopy, temp: Dentry): number {
  const { stat, metacopy } = copy;
  return !isRegular(stat.mode) || metacopy || stat.size === 0 ? 0 : fillWithData(copy, temp);
}

/** Copies the data into an upper file (ovl_copy_up_data). */
export function fillWithData(
  { overlay, upperLayer, lowerdata, stat }: Pick<UpperCopy, 'overlay' | 'upperLayer' | 'lowerdata' | 'stat'>,
  upper: Dentry,
): number {
  if (lowerdata === undefined) return -errno.EIO;
  const file = openReal(overlay, new LayerPath(upperLayer, upper), O_WRONLY);
  if (typeof file === 'number') return file;
  const answer = copyData(overlay, lowerdata, file, stat.size);
  const synced = answer === 0 && overlay.syncs ? file.ops.fsync(file, 'data') : answer;
  closeFile(file);
  return synced;
}

/** R95, R105: what the lower object has besides its data; its mode last but for the times (ovl_copy_up_metadata). */
function copyMetadata(copy: UpperCopy, temp: Dentry): number {
  const { overlay, lower, stat, origin, metacopy } = copy;
  let answer = copyXattrs(overlay, lower.dentry, temp) || copyProtection(overlay, lower.dentry, temp);
  if (answer === 0 && origin !== undefined) answer = storeOrigin(overlay, temp, origin);
  if (answer === 0 && metacopy) answer = markMetacopy(copy, temp);
  if (answer === 0 && isRegular(stat.mode)) answer = setSize(overlay, temp, stat.size);
  return answer === 0 ? setAttributes(overlay, temp, stat) : answer;
}

/** R176. */
function markMetacopy({ overlay, lowerdata }: UpperCopy, temp: Dentry): number {
  if (lowerdata === undefined) return -errno.EIO;
  return setIfSupported(overlay, temp, 'metacopy', new Uint8Array(0), -errno.EOPNOTSUPP);
}

/** R169: a directory's index entry is a directory that names the upper one (ovl_create_index). */
function createIndex({ overlay, workdir, indexed, origin }: UpperCopy, upper: Dentry): number {
  if (!indexed || origin === undefined || origin === null) return 0;
  const temp = createTemp(overlay, workdir, { mode: S_IFDIR });
  if (typeof temp === 'number') return temp;
  const answer = storeUpperHandle(overlay, temp, upper) || nameIndex(overlay, workdir, temp, indexName(origin));
  if (answer < 0) cleanup(overlay, temp);
  return answer;
}

function storeUpperHandle(overlay: OverlaySuperblock, index: Dentry, upper: Dentry): number {
  const handle = encodeReal(overlay, upper, 'upper');
  return typeof handle === 'number' ? handle : setPrivate(overlay, index, 'upper', handle.bytes);
}

function nameIndex(overlay: OverlaySuperblock, directory: Dentry, temp: Dentry, name: string): number {
  const index = lookupOne(overlay.creator, directory, name);
  if (typeof index === 'number') return index;
  const dir = positive(directory);
  return vfsRename(overlay.creator, dir, temp, dir, index, 0);
}
