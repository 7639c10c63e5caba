import {
  join,
  makedev,
  O_CREAT,
  O_WRONLY,
  pathFromText,
  RENAME_EXCHANGE,
  S_IFCHR,
  SystemError,
  type Path,
  type SyscallHost,
} from '../../src/host/index.ts';

/** What a fresh filesystem answers where overlay, and so a trace, shows the difference to others. */
export interface BackingFacts {
  /** Of a directory with two directories in it, and of one that was removed while it was open. */
  readonly directoryLinks: readonly [filled: number, removed: number];
  readonly entries: readonly string[];
  /** The number of a removed file is that of the next one. */
  readonly numbersReturn: boolean;
  /** Seconds of the modification time of a directory that changed places with one in another directory, 1 before. */
  readonly changedByExchange: boolean;
  /** The longest target of a symlink. */
  readonly longestTarget: number;
  /** The longest value of `user.a` and of `trusted.overlay.redirect`, and what is said of a longer one. */
  readonly longestValues: readonly (readonly [length: number, beyond: string])[];
}

/** Finds the facts out in an empty directory, which is filled. */
export function factsOf(host: SyscallHost, directory: Path): BackingFacts {
  const at = (name: string): Path => join(directory, pathFromText(name));
  const { fs } = host;
  fs.mkdir(at('d'), 0o755);
  for (const name of ['one', 'two']) fs.mkdir(at(`d/${name}`), 0o755);
  const entries = fs.readdir(at('d')).map(({ name }) => name);
  const filled = fs.lstat(at('d')).nlink;
  return {
    directoryLinks: [filled, linksOfRemoved(host, at('gone'))],
    entries,
    numbersReturn: numberOf(host, at('first')) === numberOf(host, at('second')),
    changedByExchange: changedByExchange(host, at('d/one'), at('other')),
    longestTarget: longest(4095, (length) =>
      attempt(() => {
        fs.symlink(pathFromText('t'.repeat(length)), at(`link${length}`));
      }),
    ).length,
    longestValues: ['user.a', 'trusted.overlay.redirect'].map((name) => longestValue(host, at(`file-${name}`), name)),
  };
}

function attempt(call: () => void): string {
  try {
    call();
    return 'OK';
  } catch (error) {
    if (error instanceof SystemError) return error.code;
    throw error;
  }
}

function linksOfRemoved({ fs }: SyscallHost, path: Path): number {
  fs.mkdir(path, 0o755);
  const fd = fs.open(path, 0);
  fs.rmdir(path);
  const { nlink } = fs.fstat(fd);
  fs.close(fd);
  return nlink;
}

/** Of a device, which no background thread has to free. */
function numberOf({ fs }: SyscallHost, path: Path): bigint {
  fs.mknod(path, S_IFCHR | 0o600, makedev(1, 3));
  const { ino } = fs.lstat(path);
  fs.unlink(path);
  return ino;
}

function changedByExchange({ fs }: SyscallHost, one: Path, other: Path): boolean {
  fs.mkdir(other, 0o755);
  const time = { sec: 1, nsec: 0 };
  fs.lutimens(one, time, time);
  fs.rename(one, other, RENAME_EXCHANGE);
  return fs.lstat(other).mtime.sec !== 1;
}

/** Each length on a file of its own: where a value replaces another, both must have room. */
function longestValue({ fs }: SyscallHost, path: Path, name: string): readonly [number, string] {
  const found = longest(65_536, (length) => {
    const file = pathFromText(`${path}-${length}`);
    fs.close(fs.open(file, O_WRONLY | O_CREAT, 0o644));
    return attempt(() => {
      fs.lsetxattr(file, name, new Uint8Array(length));
    });
  });
  return [found.length, found.beyond];
}

/** The greatest length up to `limit` that works, and what the next one answers. */
function longest(
  limit: number,
  tryLength: (length: number) => string,
): { readonly length: number; readonly beyond: string } {
  let [works, fails, beyond] = [0, limit + 1, 'untried'];
  while (fails - works > 1) {
    const middle = Math.floor((works + fails) / 2);
    const answer = tryLength(middle);
    if (answer === 'OK') works = middle;
    else [fails, beyond] = [middle, answer];
  }
  return { length: works, beyond };
}
