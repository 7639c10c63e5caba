import type { HostRecord, InputBlob, OpRecord } from '../records.ts';
import { bytesOfBlob } from '../blob.ts';
import { diskRecipes } from '../disk-recipe.ts';
import type { BackingFilesystem } from '../names.ts';
import { octal, shellWord } from './quote.ts';

/** The umask of the processes of all traces but those of posix files, which set it themselves. */
const umask = 0o022;

/**
 * The command that makes the same system call, where there is a tool that makes just this one; `undefined` where there is
 * none. (mv copies where rename(2) fails, touch hides that a file is missing …) Paths are relative to the machine's root.
 */
export function shellOp(record: OpRecord, path: (traced: string) => string): string | undefined {
  const command = toolFor(record, (traced) => shellWord(path(traced)));
  if (command === undefined || record.as === undefined) return command;
  const [uid, gid] = record.as;
  return `setpriv --reuid=${uid} --regid=${gid} --clear-groups ${command}`;
}

function toolFor(record: OpRecord, word: (traced: string) => string): string | undefined {
  switch (record.op) {
    case 'mkdir':
      return `mkdir -m ${octal(record.mode & ~umask)} ${word(record.path)}`;
    case 'rmdir':
      return `rmdir ${word(record.path)}`;
    case 'unlink':
      return `unlink ${word(record.path)}`;
    case 'link':
      return record.follow === true ? undefined : `link ${word(record.path)} ${word(record.to)}`;
    case 'symlink':
      return `ln -sT -- ${shellWord(record.target)} ${word(record.path)}`;
    case 'readlink':
      return `readlink -v ${word(record.path)}`;
    case 'stat':
      return `stat -L -c ${shellWord(statFormat)} ${word(record.path)}`;
    case 'lstat':
      return `stat -c ${shellWord(statFormat)} ${word(record.path)}`;
    case 'readdir':
      return `ls -A ${word(record.path)}/`;
    case 'mknod':
      return nodeCommand(word(record.path), { ...record, mode: record.mode & ~umask });
    case 'chmod':
      return `chmod ${octal(record.mode)} ${word(record.path)}`;
    case 'chown':
      return `chown ${owner(record.uid, record.gid)} ${word(record.path)}`;
    case 'lchown':
      return `chown -h ${owner(record.uid, record.gid)} ${word(record.path)}`;
    default:
      return xattrTool(record, word);
  }
}

function xattrTool(record: OpRecord, word: (traced: string) => string): string | undefined {
  switch (record.op) {
    case 'setxattr':
      if (record.flags !== undefined) return undefined;
      return `setfattr ${nofollow(record.follow)}-n ${shellWord(record.name)} ${valueOption(record.value)}${word(record.path)}`;
    case 'getxattr':
      return `getfattr ${nofollow(record.follow)}--absolute-names --only-values -n ${shellWord(record.name)} ${word(record.path)}`;
    case 'listxattr':
      return `getfattr ${nofollow(record.follow)}--absolute-names -m - ${word(record.path)}`;
    case 'removexattr':
      return `setfattr ${nofollow(record.follow)}-x ${shellWord(record.name)} ${word(record.path)}`;
    default:
      return undefined;
  }
}

const statFormat = '%F mode %a nlink %h uid %u gid %g size %s rdev %t:%T mtime %Y dev %d ino %i';

function nofollow(follow: boolean | undefined): string {
  return follow === false ? '-h ' : '';
}

/** -1 keeps an id, which chown(1) is told by leaving it out. */
function owner(uid: number, gid: number): string {
  return `${uid < 0 ? '' : uid}:${gid < 0 ? '' : gid}`;
}

function valueOption(value: InputBlob): string {
  const bytes = Buffer.from(bytesOfBlob(value));
  return bytes.length === 0 ? '' : `-v 0x${bytes.toString('hex')} `;
}

function shellFilesystem(kind: BackingFilesystem, path: string): string {
  if (kind === 'tmpfs') return `mount -t tmpfs -o mode=755 trace ${path}`;
  const image = `${path}.disk`;
  const { command, mebibytes } = diskRecipes[kind];
  const make = `truncate -s ${mebibytes}M ${image}; ${command.join(' ')} ${image}`;
  const made = `${make}; mount -t ${kind} -o loop ${image} ${path}; rm ${image}`;
  return kind === 'ext4' ? `${made}; rmdir ${path}/lost+found` : made;
}

/** The commands of a record outside of the traced filesystem, for a shell with -e; `undefined` for one that only the mounts suite has. */
export function shellHost(record: HostRecord): string | undefined {
  switch (record.op) {
    case 'mkfs':
      return `mkdir -p ${at(record.path)}; ${shellFilesystem(record.fs, at(record.path))}`;
    case 'mkdir':
      return `mkdir -p ${at(record.path)}; chmod ${octal(record.mode ?? 0o755)} ${at(record.path)}`;
    case 'file':
      return `printf '%s' ${shellWord(textOf(record.data))} >${at(record.path)}; chmod ${octal(record.mode ?? 0o644)} ${at(record.path)}`;
    case 'symlink':
      return `ln -sT -- ${shellWord(record.target)} ${at(record.path)}`;
    case 'link':
      return `ln -PT ${at(record.path)} ${at(record.to)}`;
    case 'mknod':
      return nodeCommand(at(record.path), record);
    case 'setxattr':
      return `setfattr -h -n ${shellWord(record.name)} ${valueOption(record.value)}${at(record.path)}`;
    case 'chown':
      return `chown -h ${owner(record.uid, record.gid)} ${at(record.path)}`;
    case 'chmod':
      return `chmod ${octal(record.mode)} ${at(record.path)}`;
    case 'truncate':
      return `truncate -s ${record.len} ${at(record.path)}`;
    case 'mtime':
      return `touch -h -c -d @${record.time} ${at(record.path)}`;
    case 'remount-ro':
      return `mount -o remount,ro ${at(record.path)}`;
    case 'mount':
      return `mkdir -p ${at(record.at)}; mount -t overlay ${record.flags?.includes('ro') === true ? '-r ' : ''}-o ${layerOptions(record.options)} overlay ${at(record.at)}`;
    case 'umount':
      return `umount ${at(record.at)}`;
    case 'lstat':
      return `stat -c '%F %t:%T' ${at(record.path)}`;
    default:
      return undefined;
  }
}

/** What mknod(1) needs to know. */
type Node = Pick<Extract<HostRecord, { op: 'mknod' }>, 'kind' | 'mode' | 'rdev'>;

function nodeCommand(path: string, { kind, mode, rdev: [major, minor] }: Node): string | undefined {
  const type = { chr: `c ${major} ${minor}`, blk: `b ${major} ${minor}`, fifo: 'p', sock: undefined, reg: undefined }[
    kind
  ];
  return type === undefined ? undefined : `mknod -m ${octal(mode)} ${path} ${type}`;
}

function textOf(data: InputBlob): string {
  return Buffer.from(bytesOfBlob(data)).toString('latin1');
}

/** A path of the machine as a word: the script stands in the machine's root. */
function at(path: string): string {
  return shellWord(`.${path}`);
}

/** Mount options, in which the kernel gets absolute paths: those of the machine lie below $R. */
function layerOptions(options: string): string {
  return `"${options.replace(/[$`"\\]/g, '\\$&').replace(/(?<=[=:])\//g, '$R/')}"`;
}

/** Prints everything in a tree: paths, types, modes, owners, links, sizes, targets, and all xattrs. */
export function treeCommand(directory: string): string {
  const tree = shellWord(directory);
  const entries = `find ${tree} -printf '%P %y %m %U:%G links %n size %s %l\\n' | sort`;
  return `{ ${entries}; getfattr -R -h -d -m - --absolute-names ${tree}; } 2>&1 || :`;
}
