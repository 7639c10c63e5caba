import type { Credentials } from '../vfs/credentials.ts';
import type { Kstat } from '../vfs/kstat.ts';
import { positive } from '../vfs/mount.ts';
import { INODE_INDEX, PATH_MERGE, PATH_ORIGIN, PATH_UPPER } from './flags.ts';
import { LayerPath } from './layer.ts';
import type { OverlayInode } from './overlay-inode.ts';
import { madeUpIno, mapIno } from './xino.ts';

/** What stat shows of an object: the real one's attributes, with the identity of where it came from (ovl_getattr). */
export function getAttributes(inode: OverlayInode, out: Kstat): number {
  const { creator } = inode.sb;
  const type = inode.pathType;
  const real = realPath(inode);
  const answer = positive(real.dentry).getattr(creator, real, out);
  if (answer < 0) return answer;
  let fsid = 0;
  if (!inode.isDirectory || inode.sb.sameDevice) {
    const identity = takeIdentity(inode, type, creator, out);
    if (identity < 0) return identity;
    fsid = identity;
  }
  mapDevice(inode, out, fsid);
  // R82, R110: nobody counts the directories of several layers.
  if (inode.isDirectory && (type & PATH_MERGE) !== 0) out.nlink = 1;
  // R161; elsewhere the real inode's count (R111), in which an index that is not in use any more has its part (R168).
  if (!inode.isDirectory && inode.has(INODE_INDEX)) out.nlink = inode.nlink;
  return 0;
}

/** Where attributes are from: of a metacopy file not where its data is, so that its size is its own (R190). */
function realPath({ upper, lowerPath, sb }: OverlayInode): LayerPath {
  const path = upper !== null && sb.upperLayer !== undefined ? new LayerPath(sb.upperLayer, upper) : lowerPath;
  if (path === undefined) throw new Error('an object that no layer has');
  return path;
}

/** R100, R176: number and blocks of the lower object. Answers the number of the filesystem that the inode number is of. */
function takeIdentity(inode: OverlayInode, type: number, creator: Credentials, out: Kstat): number {
  const lower = inode.lowerPath;
  const { lowerStat } = inode.sb;
  let blocksOfLowerdata = inode.isMetacopy;
  let fsid = 0;
  if ((type & PATH_UPPER) === 0) {
    fsid = lower?.layer.fsid ?? 0;
  } else if ((type & PATH_ORIGIN) !== 0 && lower !== undefined) {
    const answer = positive(lower.dentry).getattr(creator, lower, lowerStat);
    if (answer < 0) return answer;
    if (keepsLowerNumber(inode, lowerStat.nlink)) {
      fsid = lower.layer.fsid;
      out.ino = lowerStat.ino;
    }
    if (blocksOfLowerdata && lower.dentry === inode.lowerdata?.dentry) {
      out.blocks = lowerStat.blocks;
      blocksOfLowerdata = false;
    }
  }
  if (blocksOfLowerdata) {
    const answer = takeBlocks(inode, creator, out);
    if (answer < 0) return answer;
  }
  return fsid;
}

/** Not where several upper objects may come from the one lower object (R101). */
function keepsLowerNumber(inode: OverlayInode, lowerNlink: number): boolean {
  if (inode.has(INODE_INDEX)) return true;
  return !inode.sb.indexesAll && (inode.isDirectory || lowerNlink === 1);
}

/** Data that was not looked up yet is taken to have no holes. */
function takeBlocks({ lowerdata, sb }: OverlayInode, creator: Credentials, out: Kstat): number {
  if (lowerdata === undefined) {
    out.blocks = (Math.ceil(out.size / out.blksize) * out.blksize) / 512;
    return 0;
  }
  const answer = positive(lowerdata.dentry).getattr(creator, lowerdata, sb.lowerStat);
  if (answer === 0) out.blocks = sb.lowerStat.blocks;
  return answer;
}

/** R106, R107, R109: makes numbers of several filesystems unique, by their device or by themselves (ovl_map_dev_ino). */
function mapDevice(inode: OverlayInode, out: Kstat, fsid: number): void {
  const { sb } = inode;
  const mapped = sb.sameDevice ? mapIno(out.ino, sb.xinoBits, fsid) : undefined;
  if (mapped !== undefined) {
    out.ino = mapped;
    out.dev = sb.dev;
  } else if (inode.isDirectory) {
    out.dev = sb.dev;
    out.ino = sb.sameDevice ? madeUpIno(inode.madeUpIno, sb.xinoBits) : inode.ino;
  } else {
    out.dev = sb.filesystems[fsid]?.pseudoDev ?? sb.dev;
  }
}
