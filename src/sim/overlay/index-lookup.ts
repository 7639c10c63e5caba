import { errno } from '../../host/errno.ts';
import { S_IFMT } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { encodeReal, verifyReal } from './handles.ts';
import { indexName } from './origin-handle.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** The name of the index entry of a lower object, or an errno (ovl_get_index_name). */
export function indexNameOf(overlay: OverlaySuperblock, origin: Dentry): string | number {
  const handle = encodeReal(overlay, origin, 'lower');
  return typeof handle === 'number' ? handle : indexName(handle);
}

/**
 * The index entry of a lower object: `null` where there is none, or where it is that of another upper object; EIO where the
 * entry cannot be right (ovl_lookup_index, R161, R169).
 */
export function lookupIndex(overlay: OverlaySuperblock, upper: Dentry | null, origin: Dentry): Dentry | null | number {
  const directory = overlay.indexDirectory;
  if (directory === undefined) return null;
  const name = indexNameOf(overlay, origin);
  if (typeof name === 'number') return name;
  const index = lookupOne(overlay.creator, directory, name);
  // The index itself may have been removed.
  if (index === -errno.ENOENT) return null;
  if (typeof index === 'number') {
    overlay.log(`failed inode index lookup (ino=${positive(origin).ino}, key=${name}, err=${index});`);
    overlay.log(`mount with '-o index=off' to disable inodes index.`);
    return index;
  }
  if (index.inode === null) return null;
  const type = index.inode.mode & S_IFMT;
  const originType = positive(origin).mode & S_IFMT;
  if (index.inode.isWhiteout || type !== originType) {
    overlay.log(
      `bad index found (index=${shownDentry(index)}, ftype=${type.toString(16)}, origin ftype=${originType.toString(16)}).`,
    );
    return -errno.EIO;
  }
  if (index.inode.isDirectory) return verifyDirectoryIndex(overlay, index, upper, origin);
  return upper !== null && upper.inode !== index.inode ? null : index;
}

/** The entry of a directory is a directory that says which upper directory it stands for. */
function verifyDirectoryIndex(
  overlay: OverlaySuperblock,
  index: Dentry,
  upper: Dentry | null,
  origin: Dentry,
): Dentry | number {
  const where = `origin=${shownDentry(origin)}, index=${shownDentry(index)}`;
  if (upper === null) {
    overlay.log(`suspected uncovered redirected dir found (${where}).`);
    return -errno.EIO;
  }
  const answer = verifyReal(overlay, index, 'upper', upper, 'upper', 'report');
  if (answer === 0) return index;
  if (answer === -errno.ESTALE) {
    overlay.log(`suspected multiply redirected dir found (upper=${shownDentry(upper)}, ${where}).`);
  }
  return -errno.EIO;
}
