import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDirectory, isSymlink, join, O_APPEND, O_WRONLY, type Path } from '../../../src/host/index.ts';
import { Branches, outcome, path, type Content } from './union.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 150;

const name = fc.constantFrom('a', 'b');
const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));

type Op = (branches: Branches, root: Path) => string;

function onPath(make: (branches: Branches, at: Path) => void): fc.Arbitrary<Op> {
  return place.map(
    (at) => (branches, root) =>
      outcome(() => {
        make(branches, join(root, at));
      }),
  );
}

function onPaths(make: (branches: Branches, from: Path, to: Path) => void): fc.Arbitrary<Op> {
  return fc.tuple(place, place).map(
    ([from, to]) =>
      (branches, root) =>
        outcome(() => {
          make(branches, join(root, from), join(root, to));
        }),
  );
}

const operation = fc.oneof(
  onPath((branches, at) => {
    branches.write(at, `written to ${at.slice(-1)}`);
  }),
  onPath((branches, at) => {
    append(branches, at);
  }),
  onPath(({ host }, at) => {
    host.fs.mkdir(at, 0o755);
  }),
  onPath(({ host }, at) => {
    host.fs.unlink(at);
  }),
  onPath(({ host }, at) => {
    host.fs.rmdir(at);
  }),
  onPath((branches, at) => {
    removeTree(branches, at);
  }),
  onPath((branches, at) => {
    emptyDirectory(branches, at);
  }),
  onPath(({ host }, at) => {
    host.fs.chmod(at, 0o700);
  }),
  onPath(({ host }, at) => {
    host.fs.symlink(path('target'), at);
  }),
  onPaths(({ host }, from, to) => {
    host.fs.link(from, to);
  }),
  onPaths(({ host }, from, to) => {
    host.fs.rename(from, to);
  }),
  onPaths(({ host }, from, to) => {
    host.fs.rename(from, to, 2);
  }),
);

function removeTree(branches: Branches, at: Path): void {
  const { fs } = branches.host;
  if (isDirectory(fs.lstat(at).mode)) {
    emptyDirectory(branches, at);
    fs.rmdir(at);
  } else {
    fs.unlink(at);
  }
}

function emptyDirectory(branches: Branches, at: Path): void {
  for (const each of branches.names(at)) removeTree(branches, join(at, each));
}

function append(branches: Branches, at: Path): void {
  const fd = branches.open(at, O_WRONLY | O_APPEND);
  try {
    branches.host.fs.writeAll(fd, Buffer.from('+'));
  } finally {
    branches.host.fs.close(fd);
  }
}

/** What a branch holds: files and directories, and what hides those of the branches below. */
const branch: fc.Arbitrary<Content> = fc
  .dictionary(place, fc.constantFrom('file', 'directory', 'directory', 'opaque', 'whiteout'), { maxKeys: 10 })
  .map((wanted) => {
    const content: Record<string, string | undefined> = {};
    for (const [at, kind] of Object.entries(wanted).sort(([one], [other]) => one.length - other.length)) {
      const parent = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
      const above = parent === '' || (parent in content && content[parent] === undefined);
      if (!above) continue;
      if (kind === 'file') content[at] = `of ${at}`;
      else if (kind === 'whiteout') content[`${parent === '' ? '' : `${parent}/`}.wh.${at.slice(-1)}`] = '';
      else content[at] = undefined;
      if (kind === 'opaque') content[`${at}/.wh..wh..opq`] = '';
    }
    return content;
  });

/** A tree by its paths: types, modes, contents, and which names are links of each other. */
function tree(branches: Branches, root: Path): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const firstNames = new Map<bigint, string>();
  const visit = (at: string): void => {
    for (const each of branches.names(join(root, at))) {
      const below = at === '' ? each : `${at}/${each}`;
      const { mode, ino, nlink } = branches.stat(join(root, below));
      const first = isDirectory(mode) ? below : (firstNames.get(ino) ?? below);
      firstNames.set(ino, first);
      const content = isDirectory(mode) || isSymlink(mode) ? '' : branches.read(join(root, below));
      found[below] = { mode, content, first, nlink: isDirectory(mode) ? 0 : nlink };
      if (isDirectory(mode)) visit(below);
    }
  };
  visit('');
  return found;
}

function copyOf(branches: Branches, from: Path, to: Path): void {
  branches.host.fs.mkdir(to, 0o755);
  for (const each of branches.names(from)) {
    const { mode } = branches.stat(join(from, each));
    if (isDirectory(mode)) copyOf(branches, join(from, each), join(to, each));
    else branches.write(join(to, each), branches.read(join(from, each)));
  }
}

/** Makes the links that only the union knows of, as auplink does. */
function flush(branches: Branches, at: Path): void {
  for (const each of branches.names(at)) {
    const below = join(at, each);
    const { mode, atime, mtime } = branches.stat(below);
    if (isDirectory(mode)) flush(branches, below);
    else branches.host.fs.lutimens(below, atime, mtime);
  }
}

/** Runs a program on a union and on a plain directory that shows the same; a directory that the union cannot move stays. */
function run(branches: Branches, operations: readonly Op[]): void {
  const [union, plain] = [path('/union'), path('/plain')];
  copyOf(branches, union, plain);
  for (const each of operations) {
    const answer = each(branches, union);
    if (answer !== 'EXDEV') expect(answer).toBe(each(branches, plain));
  }
  expect(tree(branches, union)).toEqual(tree(branches, plain));
}

describe('programs on a union', () => {
  const branches = fc.array(branch, { minLength: 2, maxLength: 4 });

  it('do what they do in a plain directory', () => {
    fc.assert(
      fc.property(branches, fc.array(operation, { maxLength: 25 }), ([rw = {}, ...ros], operations) => {
        run(new Branches(rw, ...ros).mount(), operations);
      }),
      { numRuns },
    );
  });

  it('leave branches that show the same when they are mounted again', () => {
    fc.assert(
      fc.property(branches, fc.array(operation, { maxLength: 25 }), ([rw = {}, ...ros], operations) => {
        const union = new Branches(rw, ...ros).mount();
        run(union, operations);
        const lower = ros.map((_ro, index) => tree(union, path(`/ro${index}`)));
        flush(union, path('/union'));
        const before = tree(union, path('/union'));
        union.unmount();
        union.mount();
        expect(withoutCounts(tree(union, path('/union')))).toEqual(withoutCounts(before));
        expect(ros.map((_ro, index) => tree(union, path(`/ro${index}`)))).toEqual(lower);
      }),
      { numRuns },
    );
  });
});

/** The links in `.wh..wh.plnk` count once they are all that is known. */
function withoutCounts(found: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(found).map(([at, entry]) => [at, { ...(entry as object), nlink: 0 }]));
}
