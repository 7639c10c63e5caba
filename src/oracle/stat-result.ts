import { S_IFCHR, S_IFMT } from '../host/constants.ts';
import { isDevice, isDirectory, major, minor, StatSlot, type StatBuffer } from '../host/stat.ts';
import type { IdentityClasses } from './identity.ts';
import { fileTypeName } from './names.ts';
import type { Json } from './schema.ts';

/** Times below were set by a trace (seconds since 1970); all others are the moment at which it ran. */
const firstPresent = 1_200_000_000;

/** One slot of a stat. */
export function slot(stat: StatBuffer, index: number): number {
  return stat.numbers[index] ?? 0;
}

export function modeOf(stat: StatBuffer): number {
  return slot(stat, StatSlot.mode);
}

function inoOf(stat: StatBuffer): bigint {
  return stat.words[StatSlot.ino] ?? 0n;
}

/** Whether this is how overlayfs stores a whiteout: a character device 0/0. */
export function isWhiteout(stat: StatBuffer): boolean {
  return (modeOf(stat) & S_IFMT) === S_IFCHR && slot(stat, StatSlot.rdev) === 0;
}

/** The device number of a device node. */
export function rdevOf(stat: StatBuffer): Json {
  const rdev = slot(stat, StatSlot.rdev);
  return [major(rdev), minor(rdev)];
}

/** The time of the last change of the content: its seconds if a trace has set it, else "now". */
export function mtimeOf(stat: StatBuffer): Json {
  const seconds = slot(stat, StatSlot.mtimeSec);
  return seconds < firstPresent ? seconds : 'now';
}

/** The result of a stat call. */
export function statResult(stat: StatBuffer, identity: IdentityClasses): Json {
  const mode = modeOf(stat);
  const device = slot(stat, StatSlot.dev);
  const directory = isDirectory(mode);
  const result: Record<string, Json> = {
    type: fileTypeName(mode),
    mode: mode & 0o7777,
    nlink: slot(stat, StatSlot.nlink),
    uid: slot(stat, StatSlot.uid),
    gid: slot(stat, StatSlot.gid),
  };
  if (!directory) result.size = slot(stat, StatSlot.size);
  if (isDevice(mode)) result.rdev = rdevOf(stat);
  result.mtime = mtimeOf(stat);
  result.dev = identity.device(device);
  result.ino = identity.inode(device, inoOf(stat), directory);
  return result;
}
