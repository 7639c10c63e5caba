import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../host/constants.ts';
import { bytesOfBlob } from '../blob.ts';
import { diskRecipes } from '../disk-recipe.ts';
import { nodeTypeOf, type BackingFilesystem } from '../names.ts';
import type { HostRecord, InputBlob } from '../records.ts';
import { pythonBytes } from './quote.ts';

/** A Python expression for a record outside of the traced filesystem, with the functions of pythonPrelude; `pathOf` says where it is. */
export function pythonHost(record: HostRecord, pathOf: (absolute: string) => string): string {
  const path = (bytes: string): string => pythonBytes(pathOf(bytes));
  const mount = (source: string, target: string, type: string, flags: number, data: string): string =>
    `mount(${[source, path(target), type, String(flags), data].join(', ')})`;
  switch (record.op) {
    case 'mkfs':
      return pythonFilesystem(record.fs, path(record.path));
    case 'mkdir':
      return `make_directory(${path(record.path)}, ${octal(record.mode ?? 0o755)})`;
    case 'file':
      return `make_file(${path(record.path)}, ${octal(record.mode ?? 0o644)}, ${bytes(record.data)})`;
    case 'symlink':
      return `os.symlink(${pythonBytes(record.target)}, ${path(record.path)})`;
    case 'link':
      return `os.link(${path(record.path)}, ${path(record.to)}, follow_symlinks=False)`;
    case 'mknod':
      return `os.mknod(${path(record.path)}, ${octal(nodeTypeOf[record.kind] | record.mode)}, os.makedev(${record.rdev.join(', ')}))`;
    case 'setxattr':
      return `os.setxattr(${path(record.path)}, ${pythonBytes(record.name)}, ${bytes(record.value)}, follow_symlinks=False)`;
    case 'chown':
      return `os.lchown(${path(record.path)}, ${record.uid}, ${record.gid})`;
    case 'chmod':
      return `os.chmod(${path(record.path)}, ${octal(record.mode)})`;
    case 'truncate':
      return `os.truncate(${path(record.path)}, ${record.len})`;
    case 'mtime':
      return `os.utime(${path(record.path)}, (${record.time}, ${record.time}), follow_symlinks=False)`;
    case 'lstat':
      return `shown(os.lstat(${path(record.path)}))`;
    case 'rmtree':
      return `shutil.rmtree(${path(record.path)})`;
    case 'chdir':
      return `os.chdir(${path(record.path)})`;
    case 'remount-ro':
      return mount('None', record.path, 'None', MS_REMOUNT | MS_RDONLY, 'None');
    case 'bind':
      return `(os.makedirs(${path(record.path)}, exist_ok=True), ${mount(path(record.from), record.path, 'None', MS_BIND, 'None')})`;
    case 'mount':
      return mount("b'overlay'", record.at, "b'overlay'", readOnly(record.flags), layers(record.options));
    case 'remount':
      return mount(
        "b'overlay'",
        record.at,
        "b'overlay'",
        MS_REMOUNT | readOnly(record.flags),
        pythonBytes(record.options),
      );
    case 'fsmount':
      return `fsmount(${path(record.at)}, [${record.set.map(keyAndValue).join(', ')}])`;
    case 'umount':
      return `checked(libc.umount2(${path(record.at)}, 0))`;
    case 'raw':
      return `private_state([${record.uppers.map(path).join(', ')}], [${record.works.map(path).join(', ')}])`;
  }
}

function layers(options: string): string {
  return `layers(${pythonBytes(options)})`;
}

function readOnly(flags: readonly 'ro'[] | undefined): number {
  return flags?.includes('ro') === true ? MS_RDONLY : 0;
}

function keyAndValue([key, value]: readonly [string, string | null]): string {
  return `(${pythonBytes(key)}, ${value === null ? 'None' : pythonBytes(value)})`;
}

function bytes(blob: InputBlob): string {
  return pythonBytes(Buffer.from(bytesOfBlob(blob)).toString('latin1'));
}

function octal(number: number): string {
  return `0o${number.toString(8)}`;
}

function pythonFilesystem(kind: BackingFilesystem, path: string): string {
  if (kind === 'tmpfs') return `make_tmpfs(${path})`;
  const { command, mebibytes } = diskRecipes[kind];
  return `make_disk(${path}, '${kind}', ${mebibytes}, '${command.join(' ')}')`;
}
