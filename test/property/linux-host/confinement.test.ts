import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O_CREAT, O_DIRECTORY, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY } from '../../../src/host/constants.ts';
import { SystemError } from '../../../src/host/error.ts';
import type { Fd, Root } from '../../../src/host/host.ts';
import { basename, dirname, join, type Name, type Path } from '../../../src/host/path.ts';
import { realHost, scratchDirectory, whyNoHost } from './real-host.ts';

const path = (text: string): Path => text as Path;
const name = (text: string): Name => text as Name;

/** A few names, so that links meet what they point to, and all that could lead out. */
const component = fc.constantFrom('a', 'b', 'c', 'secret', '..', '..', '.', '', 'outside');
const anyPath = fc
  .tuple(fc.constantFrom('', '', '/', '/proc/self/root/', '/proc/self/cwd/'), fc.array(component, { maxLength: 6 }))
  .map(([start, parts]) => start + parts.join('/'));
const entry = fc.record({ at: fc.constantFrom('a', 'b', 'c', 'a/b', 'a/c', 'b/a'), target: fc.option(anyPath) });

describe.skipIf(whyNoHost !== undefined)('a root', () => {
  const scratch = scratchDirectory();
  let inside: Path;
  let root: Root;

  beforeAll(() => {
    const { fs } = realHost();
    inside = join(scratch.path(), 'inside');
    fs.mkdir(inside, 0o755);
    fs.mkdir(join(scratch.path(), 'outside'), 0o755);
    fs.close(fs.open(join(scratch.path(), 'secret'), O_CREAT | O_WRONLY, 0o644));
    root = fs.openRoot(inside);
  });

  afterAll(() => {
    root.close();
  });

  function fileBehind(fd: Fd): Path {
    return realHost().fs.readlink(path(`/proc/self/fd/${fd}`));
  }

  it('is never left, whatever links are in it', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 8 }),
        fc.array(anyPath, { minLength: 1, maxLength: 8 }),
        (entries, paths) => {
          const made = join(inside, 'case');
          const { fs } = realHost();
          fs.mkdir(made, 0o755);
          const top = fs.openRoot(made);
          try {
            for (const { at, target } of entries) plant(top, path(at), target);
            for (const tried of paths) {
              const fd = attempt(() => top.openPath(path(tried), O_PATH));
              if (fd === undefined) continue;
              const reached = fileBehind(fd);
              fs.close(fd);
              expect(reached === made || reached.startsWith(`${made}/`), `${tried} reached ${reached}`).toBe(true);
            }
          } finally {
            top.close();
            removeTree(made);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  /** Through the root itself: a path that is put together would follow the links planted before, out of the case. */
  function plant(top: Root, at: Path, target: string | null): void {
    attempt(() => {
      const parent = top.walk(dirname(at));
      try {
        if (target === null || target === '') parent.mkdir(basename(at) as Name, 0o755);
        else parent.symlink(path(target), basename(at) as Name);
      } finally {
        parent.close();
      }
    });
  }

  function removeTree(at: Path): void {
    const { fs } = realHost();
    for (const child of fs.readdir(at)) {
      const below = join(at, child.name);
      if (fs.lstat(below).type === 'directory') removeTree(below);
      else fs.unlink(below);
    }
    fs.rmdir(at);
  }

  function attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  }

  it('is `/` to absolute links and `..`, and the directory of `/`', () => {
    const { fs } = realHost();
    root.mkdir(name('d'), 0o755);
    root.symlink(path('/'), name('top'));
    root.symlink(path('../../../../d'), name('up'));
    root.symlink(path('/top/up/../d'), name('long'));
    for (const [tried, reached] of [
      ['', inside],
      ['/', inside],
      ['..', inside],
      ['../../..', inside],
      ['top', inside],
      ['/d/../../top', inside],
      ['up', join(inside, 'd')],
      ['long', join(inside, 'd')],
    ] as const) {
      const dir = root.walk(path(tried));
      expect(fileBehind(dir.fd), tried).toBe(reached);
      dir.close();
    }
    for (const link of ['top', 'up', 'long']) fs.unlink(join(inside, link));
    root.rmdir(name('d'));
  });

  it('opens no magic link and follows no link by name', () => {
    const { fs } = realHost();
    const proc = fs.openRoot(path('/proc/self'));
    for (const magic of ['root', 'cwd', 'exe', `fd/${proc.fd}`]) {
      expect(() => proc.openPath(path(magic), O_PATH)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    }
    proc.close();

    root.symlink(path('/'), name('link'));
    expect(() => root.openDir(name('link'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => root.open(name('link'), O_RDONLY)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    expect(() => root.readdir(name('link'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => {
      root.chmod(name('link'), 0o600);
    }).toThrow(expect.objectContaining({ code: 'EOPNOTSUPP' }));
    expect(root.lstat(name('link')).type).toBe('symlink');
    root.unlink(name('link'));
  });

  it('acts on its own directory even when that was moved', () => {
    const { fs } = realHost();
    const [before, after] = [join(scratch.path(), 'before'), join(scratch.path(), 'after')];
    fs.mkdir(before, 0o755);
    const moved = fs.openRoot(before);
    fs.rename(before, after);
    moved.mkdir(name('x'), 0o755);
    fs.close(moved.openPath(path('/x/../x'), O_RDONLY | O_DIRECTORY | O_NONBLOCK));
    expect(fs.readdir(after).map((child) => child.name)).toEqual(['x']);
    expect(moved.entries().map((child) => child.name)).toEqual(['x']);
    moved.close();
  });
});
