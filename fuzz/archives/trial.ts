import { isDeepStrictEqual } from 'node:util';
import { applyLayerToOverlay, applyLayerToTree, ArchiveError } from '../../src/core/archive/index.ts';
import type { ByteStream } from '../../src/core/driver.ts';
import { dumpTree, type DumpRow } from '../../src/core/tree/index.ts';
import { join, MNT_DETACH, O_CREAT, O_EXCL, O_WRONLY, type Host, type Path } from '../../src/host/index.ts';

/** A place on a host: a directory that nothing but this fuzzer uses, with a tree to guard in it. */
export interface Arena {
  readonly host: Host;
  readonly directory: Path;
  /** Seconds from which on a time is that of the run. */
  readonly isNow: (seconds: number) => boolean;
}

/** What became of a stack of layers in one form. Equal on all hosts. */
export interface Outcome {
  /** The first layer that was refused, and the message without the place of the arena. */
  readonly refused?: { readonly layer: number; readonly why: string };
  readonly view?: readonly Row[];
  readonly sizes: readonly number[];
  readonly warnings: readonly string[];
}

/** A row with null for a time of the run. */
export type Row = Omit<DumpRow, 'mtime' | 'mtimeNs'> & {
  readonly mtime: number | null;
  readonly mtimeNs: number | null;
};

export type Form = 'overlay' | 'tree';

/** Small, so that looking at what was unpacked takes no time, and often met. */
const limits = { unpackedBytes: 1 << 22, entries: 16 };

/** What an archive must never touch: files beside and above its root, one with attributes and several names. */
export function furnish({ host, directory }: Pick<Arena, 'host' | 'directory'>): void {
  const { fs } = host;
  for (const name of ['outside', 'in']) fs.mkdir(join(directory, name), 0o755);
  for (const name of ['victim', 'outside/inner', 'in/victim']) {
    const fd = fs.open(join(directory, name), O_WRONLY | O_CREAT | O_EXCL, 0o640);
    fs.writeAll(fd, Buffer.from(name));
    fs.close(fd);
    fs.lsetxattr(join(directory, name), 'user.guard', Buffer.from('kept'));
  }
  fs.link(join(directory, 'victim'), join(directory, 'outside/mate'));
  fs.symlink('victim' as Path, join(directory, 'link'));
}

/**
 * Unpacks the layers one over the other. Nothing outside the root of the layer at work may change, the layers below least of
 * all; and whatever is wrong with an archive must be an ArchiveError.
 * @throws Error that says which of this does not hold
 */
export async function tryStack(
  arena: Arena,
  archives: readonly Buffer[],
  form: Form,
  chunkSize: number,
): Promise<Outcome> {
  const roots: Path[] = [];
  const sizes: number[] = [];
  const warnings: string[] = [];
  const warn = (message: string): unknown => warnings.push(withoutPlace(arena, message));
  for (const [layer, archive] of archives.entries()) {
    const root = form === 'tree' && roots[0] !== undefined ? roots[0] : join(arena.directory, `in/${layer}`);
    if (roots[0] !== root) arena.host.fs.mkdir(root, 0o755);
    const before = outside(arena, root);
    const refused = await unlessRefused(async () => {
      const stream = chunks(archive, chunkSize);
      const { size } =
        form === 'tree'
          ? await applyLayerToTree(arena.host, stream, { root, files: 'own' }, { warn, limits })
          : await applyLayerToOverlay(
              arena.host,
              stream,
              { diff: root, lowers: [...roots], xattrs: 'trusted' },
              { warn, limits },
            );
      sizes.push(size);
    });
    checkGuard(before, outside(arena, root));
    if (refused !== undefined) return { refused: { layer, why: withoutPlace(arena, refused) }, sizes, warnings };
    if (roots[0] !== root) roots.unshift(root);
  }
  return { view: form === 'tree' ? rows(arena, roots[0]) : mergedView(arena, roots), sizes, warnings };
}

function withoutPlace({ directory }: Arena, message: string): string {
  return message.replaceAll(directory, '…');
}

async function* chunks(bytes: Uint8Array, size: number): ByteStream {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function unlessRefused(apply: () => Promise<void>): Promise<string | undefined> {
  try {
    await apply();
    return undefined;
  } catch (error) {
    if (error instanceof ArchiveError) return error.message;
    throw new Error(`not an ArchiveError: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

/** All of the arena but what is in `root`, which is described without its content. */
function outside({ host, directory }: Arena, root: Path): readonly DumpRow[] {
  const inside = root.slice(directory.length + 1);
  return [...dumpTree(host, directory)].filter(({ path }) => path !== inside && !path.startsWith(`${inside}/`));
}

function checkGuard(before: readonly DumpRow[], after: readonly DumpRow[]): void {
  if (isDeepStrictEqual(before, after)) return;
  const changed = after.filter((row) => !before.some((old) => isDeepStrictEqual(old, row)));
  throw new Error(`escaped: something outside the root was changed: ${JSON.stringify(changed)}`);
}

function mergedView(arena: Arena, roots: readonly Path[]): readonly Row[] {
  const { host, directory } = arena;
  const [empty, merged] = [join(directory, 'empty'), join(directory, 'merged')];
  host.fs.mkdir(empty, 0o755);
  host.fs.mkdir(merged, 0o755);
  host.mount.mount('overlay', merged, 'overlay', 0, `lowerdir=${[...roots, empty].join(':')}`);
  try {
    return rows(arena, merged);
  } finally {
    host.mount.umount2(merged, MNT_DETACH);
  }
}

function rows({ host, isNow }: Arena, root: Path | undefined): readonly Row[] {
  if (root === undefined) return [];
  return [...dumpTree(host, root)].map((row) => (isNow(row.mtime) ? { ...row, mtime: null, mtimeNs: null } : row));
}
