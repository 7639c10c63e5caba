import { errno } from '../../host/errno.ts';
import type { Inode } from './inode.ts';

/** What protects an object from everybody, root included: bits of `Inode.protection`, by the kernel's names (i_flags). */

/** Only appended to: neither cut, nor removed or renamed, nor its attributes changed; of a directory, names are only added. */
export const S_APPEND = 4;
/** Not changed in any way. */
export const S_IMMUTABLE = 8;

/** 0, or EPERM where extended attributes must stay as they are (may_write_xattr). */
export function mayWriteXattr({ protection }: Inode): number {
  return protection === 0 ? 0 : -errno.EPERM;
}
