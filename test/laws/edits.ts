import fc from 'fast-check';
import {
  isDirectory,
  isSystemError,
  join,
  makedev,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  S_IFCHR,
  S_IFIFO,
  type FileSystem,
  type Path,
} from '../../src/host/index.ts';
import { ancestors, path } from './layer.ts';
import { inTree } from './view.ts';

/** One thing that a container does to its files. */
export type Edit =
  | { readonly op: 'write'; readonly path: string; readonly content: string; readonly seconds: number }
  | { readonly op: 'touch'; readonly path: string; readonly seconds: number }
  | { readonly op: 'mkdir' | 'mkfifo' | 'mknod' | 'remove' | 'open'; readonly path: string }
  | { readonly op: 'symlink'; readonly path: string; readonly target: string }
  | { readonly op: 'link' | 'rename'; readonly path: string; readonly to: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly op: 'chown'; readonly path: string; readonly id: number }
  | { readonly op: 'setxattr'; readonly path: string; readonly value: string }
  | { readonly op: 'chmod-root'; readonly mode: number };

const seconds = fc.constantFrom(0, 1_700_000_000, 1_700_000_001);

/** Biased to what goes wrong: equal sizes at equal times, files that become directories and back, removed and made anew. */
export const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ op: fc.constant('write'), path, content: fc.constantFrom('x', 'y', '', 'longer content'), seconds }),
  fc.record({ op: fc.constant('touch'), path, seconds }),
  fc.record({ op: fc.constantFrom('mkdir', 'mkdir', 'remove', 'remove', 'mkfifo', 'mknod', 'open'), path }),
  fc.record({ op: fc.constant('symlink'), path, target: fc.constantFrom('a', 'b', '/a/b') }),
  fc.record({ op: fc.constantFrom('link', 'rename'), path, to: path }),
  fc.record({ op: fc.constant('chmod'), path, mode: fc.constantFrom(0o600, 0o644, 0o755, 0o4755) }),
  fc.record({ op: fc.constant('chown'), path, id: fc.constantFrom(0, 1000) }),
  fc.record({ op: fc.constant('setxattr'), path, value: fc.constantFrom('one', 'two') }),
  { weight: 1, arbitrary: fc.record({ op: fc.constant('chmod-root'), mode: fc.constantFrom(0o755, 0o700) }) },
);

/** An edit, and which of the paths that are there it is aimed at; without that at its own. */
export interface AimedEdit {
  readonly edit: Edit;
  readonly at: number | undefined;
}

/** Most edits meet something that is there; drawn from all paths, few would. */
export const aimedEdit: fc.Arbitrary<AimedEdit> = fc.record({
  edit,
  at: fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 3 }),
});

export const edits: fc.Arbitrary<readonly AimedEdit[]> = fc.array(aimedEdit, { maxLength: 12 });

/** The edit with the path that it is aimed at. */
export function aimed({ edit, at }: AimedEdit, paths: readonly string[]): Edit {
  const path = at === undefined ? undefined : paths[at % paths.length];
  return path === undefined || path === '/' || edit.op === 'chmod-root' ? edit : { ...edit, path };
}

/** Does one after the other, each aimed at what is there by then. */
export function performAll(fs: FileSystem, root: Path, edits: readonly AimedEdit[]): void {
  for (const each of edits) perform(fs, root, aimed(each, pathsBelow(fs, root)));
}

function pathsBelow(fs: FileSystem, root: Path, above = ''): readonly string[] {
  const names = fs.readdir(root).map(({ name }) => name);
  return names.sort().flatMap((name) => {
    const path = join(root, name);
    const own = `${above}/${name}`;
    return isDirectory(fs.lstat(path).mode) ? [own, ...pathsBelow(fs, path, own)] : [own];
  });
}

/**
 * Does it where it can be done; an edit that the file system refuses changes nothing. Answers the errno or `done`. None goes through
 * a symlink, which could lead out of the tree: the laws run on real machines as well.
 */
export function perform(fs: FileSystem, root: Path, edit: Edit): string {
  if (leadsThroughSymlink(fs, root, edit)) return 'not through a symlink';
  try {
    attempt(fs, root, edit);
    return 'done';
  } catch (error) {
    if (isSystemError(error)) return error.code;
    throw error;
  }
}

function leadsThroughSymlink(fs: FileSystem, root: Path, edit: Edit): boolean {
  if (edit.op === 'chmod-root') return false;
  const paths = 'to' in edit ? [edit.path, edit.to] : [edit.path];
  return paths.flatMap(ancestors).some((above) => isSymlink(fs, inTree(root, above)));
}

/** What cannot be looked at leads nowhere. */
function isSymlink(fs: FileSystem, path: Path): boolean {
  try {
    return fs.lstatIfExists(path)?.type === 'symlink';
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function attempt(fs: FileSystem, root: Path, edit: Edit): void {
  if (edit.op === 'chmod-root') {
    fs.chmod(root, edit.mode);
    return;
  }
  const path = inTree(root, edit.path);
  switch (edit.op) {
    case 'write':
      write(fs, path, edit.content);
      touch(fs, path, edit.seconds);
      return;
    case 'touch':
      touch(fs, path, edit.seconds);
      return;
    case 'open':
      if (fs.lstat(path).type === 'file') fs.close(fs.open(path, O_WRONLY));
      return;
    case 'mkdir':
      fs.mkdir(path, 0o755);
      return;
    case 'mkfifo':
      fs.mknod(path, S_IFIFO | 0o644, 0);
      return;
    case 'mknod':
      fs.mknod(path, S_IFCHR | 0o600, makedev(1, 3));
      return;
    case 'remove':
      remove(fs, path);
      return;
    case 'symlink':
      fs.symlink(edit.target as Path, path);
      return;
    case 'link':
      fs.link(path, inTree(root, edit.to));
      return;
    case 'rename':
      fs.rename(path, inTree(root, edit.to));
      return;
    case 'chmod':
      chmod(fs, path, edit.mode);
      return;
    case 'chown':
      fs.lchown(path, edit.id, edit.id);
      return;
    case 'setxattr':
      fs.lsetxattr(path, 'user.note', Buffer.from(edit.value));
      return;
  }
}

/** Through no symlink, so that no edit leaves the tree, and into no fifo or device, where opening waits or fails. */
function write(fs: FileSystem, path: Path, content: string): void {
  const found = fs.lstatIfExists(path);
  if (found !== undefined && found.type !== 'file') fs.unlink(path);
  const fd = fs.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644);
  try {
    fs.writeAll(fd, Buffer.from(content));
  } finally {
    fs.close(fd);
  }
}

function touch(fs: FileSystem, path: Path, seconds: number): void {
  const time = { sec: seconds, nsec: 0 };
  fs.lutimens(path, time, time);
}

/** A directory stays one that its owner can look into: what becomes of others is not the same for all users. */
function chmod(fs: FileSystem, path: Path, mode: number): void {
  const { type } = fs.lstat(path);
  if (type !== 'symlink') fs.chmod(path, type === 'directory' ? mode | 0o100 : mode);
}

function remove(fs: FileSystem, path: Path): void {
  if (!isDirectory(fs.lstat(path).mode)) {
    fs.unlink(path);
    return;
  }
  for (const { name } of fs.readdir(path)) remove(fs, join(path, name));
  fs.rmdir(path);
}
