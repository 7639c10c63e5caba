import { major, minor } from '../../host/stat.ts';
import {
  MNT_NOATIME,
  MNT_NODEV,
  MNT_NODIRATIME,
  MNT_NOEXEC,
  MNT_NOSUID,
  MNT_NOSYMFOLLOW,
  MNT_RELATIME,
  type Mount,
} from '../vfs/mount.ts';
import { SB_DIRSYNC, SB_LAZYTIME, SB_MANDLOCK, SB_SYNCHRONOUS, type Superblock } from '../vfs/superblock.ts';
import { pathFrom, pathInFilesystem } from './path-text.ts';
import type { Process } from './process.ts';

/** The text of /proc/PID/mountinfo, a byte string: the mounts below the process's root, in order of making. */
export function mountinfo(process: Process): string {
  let text = '';
  for (const mount of process.machine.mounts.mounts) {
    if (mount.namespace === process.namespace) text += line(process, mount);
  }
  return text;
}

function line(process: Process, mount: Mount): string {
  const { text: target, reached } = pathFrom({ mount, dentry: mount.root }, process.root);
  if (!reached) return '';
  const { sb } = mount;
  const device = `${major(sb.dev)}:${minor(sb.dev)}`;
  const place = `${escape(pathInFilesystem(mount.root))} ${escape(target)}`;
  const numbers = `${mount.id} ${mount.parent.id} ${device}`;
  const propagation = mount.unbindable ? ' unbindable' : '';
  const source = escape(mount.source).replaceAll('#', '\\043');
  return `${numbers} ${place} ${mountOptions(mount)}${propagation} - ${sb.type.name} ${source} ${superOptions(sb)}\n`;
}

const mountFlags = [
  [MNT_NOSUID, 'nosuid'],
  [MNT_NODEV, 'nodev'],
  [MNT_NOEXEC, 'noexec'],
  [MNT_NOATIME, 'noatime'],
  [MNT_NODIRATIME, 'nodiratime'],
  [MNT_RELATIME, 'relatime'],
  [MNT_NOSYMFOLLOW, 'nosymfollow'],
] as const;

function mountOptions(mount: Mount): string {
  const set = mountFlags.filter(([flag]) => (mount.flags & flag) !== 0);
  return [mount.readOnly ? 'ro' : 'rw', ...set.map(([, name]) => name)].join(',');
}

const superblockFlags = [
  [SB_SYNCHRONOUS, ',sync'],
  [SB_DIRSYNC, ',dirsync'],
  [SB_MANDLOCK, ',mand'],
  [SB_LAZYTIME, ',lazytime'],
] as const;

/** The options of a superblock as the last field of mountinfo has them, octal escapes included. */
export function superOptions(sb: Superblock): string {
  const set = superblockFlags.filter(([flag]) => (sb.flags & flag) !== 0);
  return (sb.readOnly ? 'ro' : 'rw') + set.map(([, name]) => name).join('') + sb.showOptions();
}

/** The octal escapes of mountinfo. */
function escape(field: string): string {
  return field.replace(/[ \t\n\\]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
