import { errno } from '../../host/errno.ts';
import { S_IFMT } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { decodeOrigin, decodeReal, originOf, storedHandle, verifyHandle, verifyReal } from './handles.ts';
import { hasOriginXattr } from './layer-xattr.ts';
import type { Layer } from './layer.ts';
import { setTrap } from './layer-checks.ts';
import { storedNlink } from './nlink.ts';
import { bytesOfIndexName, parseOrigin, type OriginHandle } from './origin-handle.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { cleanup } from './temp.ts';
import { replaceByWhiteout } from './whiteout.ts';
import { makeWorkDirectory, namesIn, removeTree } from './workdir.ts';

/**
 * Sets the index directory up, which then serves as the work directory as well (ovl_get_indexdir, R160). It belongs to one
 * upper directory (R166), and that to one topmost lower (R165).
 */
export function setUpIndex(
  overlay: OverlaySuperblock,
  upperLayer: Layer,
  upperRoot: Dentry,
  lowerRoot: Dentry,
  base: Dentry,
): number {
  const bound = bindToLower(overlay, upperRoot, lowerRoot);
  if (bound < 0) {
    overlay.log('failed to verify upper root origin');
    return bound;
  }
  if (overlay.workdir !== undefined) overlay.traps.delete(positive(overlay.workdir));
  overlay.workdir = undefined;
  const index = makeWorkDirectory(overlay, upperLayer, base, 'index', 'kept');
  if (typeof index === 'object') {
    const trapped = setTrap(overlay, index, 'indexdir');
    if (trapped < 0) return trapped;
  }
  const answer =
    typeof index === 'number' ? index : index === undefined ? 0 : takeIndex(overlay, upperLayer, upperRoot, index);
  if (answer < 0 || index === undefined) {
    overlay.log("try deleting index dir or mounting with '-o index=off' to disable inodes index.");
  }
  return answer;
}

function bindToLower(overlay: OverlaySuperblock, upperRoot: Dentry, lowerRoot: Dentry): number {
  const origin = originOf(overlay, lowerRoot);
  if (typeof origin === 'number') return origin;
  return origin === null ? -errno.ENODATA : verifyHandle(overlay, upperRoot, 'origin', origin, 'store');
}

function takeIndex(overlay: OverlaySuperblock, upperLayer: Layer, upperRoot: Dentry, index: Dentry): number {
  overlay.workdir = index;
  // Older kernels stored the upper's handle as `origin`.
  if (hasOriginXattr(overlay, index) && verifyReal(overlay, index, 'origin', upperRoot, 'upper', 'report') < 0) {
    overlay.log("failed to verify index dir 'origin' xattr");
  }
  const answer = verifyReal(overlay, index, 'upper', upperRoot, 'upper', 'store');
  if (answer < 0) {
    overlay.log("failed to verify index dir 'upper' xattr");
    return answer;
  }
  const cleaned = cleanIndex(overlay, upperLayer, index);
  if (cleaned < 0) overlay.log(`failed index dir cleanup (${cleaned})`);
  return cleaned;
}

/** Removes entries that are bad, stale or without names left; refuses what is none (ovl_indexdir_cleanup, R167). */
function cleanIndex(overlay: OverlaySuperblock, upperLayer: Layer, directory: Dentry): number {
  const names = namesIn(overlay, upperLayer, directory);
  if (typeof names === 'number') return names;
  for (const name of names) {
    const index = lookupOne(overlay.creator, directory, name);
    if (typeof index === 'number') return index;
    const answer = name.startsWith('#')
      ? removeTree(overlay, upperLayer, index, 1)
      : cleanEntry(overlay, directory, index);
    if (answer < 0) return answer;
  }
  return 0;
}

function cleanEntry(overlay: OverlaySuperblock, directory: Dentry, index: Dentry): number {
  const answer = verifyEntry(overlay, index);
  if (answer === -errno.ENOENT && overlay.config.nfsExport) return replaceByWhiteout(overlay, directory, index);
  if (answer !== -errno.ESTALE && answer !== -errno.ENOENT) return answer;
  cleanup(overlay, index);
  return 0;
}

/** 0 for an entry that may stay, ESTALE for one that means nothing, ENOENT for one whose object is gone (ovl_verify_index). */
function verifyEntry(overlay: OverlaySuperblock, index: Dentry): number {
  if (index.inode === null) return 0;
  const answer = checkEntry(overlay, index);
  if (answer === 0) return 0;
  const type = (positive(index).mode & S_IFMT).toString(16);
  if (answer === -errno.ENOENT) {
    overlay.log(`orphan index entry (${shownDentry(index)}, ftype=${type}, nlink=${positive(index).nlink})`);
  } else {
    overlay.log(`failed to verify index (${shownDentry(index)}, ftype=${type}, err=${answer})`);
  }
  return answer;
}

function checkEntry(overlay: OverlaySuperblock, index: Dentry): number {
  const inode = positive(index);
  const bytes = bytesOfIndexName(index.name);
  if (bytes === undefined) return -errno.EINVAL;
  const handle = parseOrigin(bytes);
  if (typeof handle === 'number') return handle;
  if (inode.isWhiteout) return 0;
  if (inode.isDirectory && !overlay.config.nfsExport) return 0;
  const upper = inode.isDirectory ? upperOfDirectoryEntry(overlay, index) : index;
  if (upper === null) return -errno.ESTALE;
  if (typeof upper === 'number') return upper === -errno.ESTALE ? -errno.ENOENT : upper;
  const verified = verifyHandle(overlay, upper, 'origin', handle, 'report');
  if (verified < 0 || inode.isDirectory || inode.nlink !== 1) return verified;
  return checkLastLink(overlay, index, handle);
}

/** The upper directory that an entry names: `null` where it names none, ESTALE where it is gone (ovl_index_upper). */
function upperOfDirectoryEntry(overlay: OverlaySuperblock, index: Dentry): Dentry | null | number {
  const handle = storedHandle(overlay, index, 'upper');
  const { upperMount } = overlay;
  if (handle === null || upperMount === undefined) return null;
  const upper = decodeReal(overlay, handle, upperMount.sb);
  if (upper === null) return -errno.ESTALE;
  if (typeof upper === 'number' || positive(upper).isDirectory) return upper;
  overlay.log(`invalid index upper (${shownDentry(index)}, upper=${shownDentry(upper)}).`);
  return -errno.EIO;
}

/** An entry whose only link is that of the index itself lives as long as lower names are not covered. */
function checkLastLink(overlay: OverlaySuperblock, index: Dentry, handle: OriginHandle): number {
  const origin = decodeOrigin(overlay, handle, index);
  if (typeof origin === 'number') return origin;
  return storedNlink(overlay, origin.dentry, index, 0) === 0 ? -errno.ENOENT : 0;
}
