import { applyLayerToOverlay, applyLayerToTree, ArchiveError } from '../../../src/core/archive/index.ts';
import type { ByteStream } from '../../../src/core/driver.ts';
import { dumpTree, type DumpRow } from '../../../src/core/tree/index.ts';
import { join, MNT_DETACH, type Path } from '../../../src/host/index.ts';
import type { Scratch } from './scratch.ts';
import { layerBytes, type LayerCase } from './layer-cases.ts';

/** What became of a case: the view of all its layers, or the first that was refused. */
export interface Outcome {
  readonly refused?: number;
  readonly view?: readonly DumpRow[];
  /** Of each layer that was unpacked. */
  readonly sizes: readonly number[];
  readonly warnings: readonly string[];
}

/** The ways of unpacking. */
export type Form = 'overlay' | 'tree';

/** Bytes as a stream, in chunks that cut through headers. */
export async function* streamOf(bytes: Uint8Array, chunkSize = 1000): ByteStream {
  for (let at = 0; at < bytes.length; at += chunkSize) yield await Promise.resolve(bytes.subarray(at, at + chunkSize));
}

/** Unpacks the layers of a case one over the other. */
export function unpackCase(scratch: Scratch, { layers }: LayerCase, form: Form): Promise<Outcome> {
  const archives = layers.map(layerBytes);
  return form === 'overlay' ? unpackAsOverlay(scratch, archives) : unpackOverTree(scratch, archives);
}

/** Each layer in a directory of its own, seen through an overlay mount. */
async function unpackAsOverlay({ host, directory }: Scratch, archives: readonly Buffer[]): Promise<Outcome> {
  const warnings: string[] = [];
  const sizes: number[] = [];
  const lowers: Path[] = [];
  for (const [n, archive] of archives.entries()) {
    const diff = join(directory, String(n));
    host.fs.mkdir(diff, 0o755);
    const options = { warn: (message: string): unknown => warnings.push(message) };
    const layer = { diff, lowers: [...lowers], xattrs: 'trusted' } as const;
    const size = await unlessRefused(() => applyLayerToOverlay(host, streamOf(archive), layer, options));
    if (size === undefined) return { refused: n, sizes, warnings };
    sizes.push(size);
    lowers.unshift(diff);
  }
  return { view: viewOf({ host, directory }, lowers), sizes, warnings };
}

/** What an overlay mount of the layers shows. A mount needs two layers; an empty one below all changes nothing. */
function viewOf({ host, directory }: Scratch, lowers: readonly Path[]): DumpRow[] {
  const [empty, merged] = [join(directory, 'empty'), join(directory, 'merged')];
  host.fs.mkdir(empty, 0o755);
  host.fs.mkdir(merged, 0o755);
  host.mount.mount('overlay', merged, 'overlay', 0, `lowerdir=${[...lowers, empty].join(':')}`);
  try {
    return [...dumpTree(host, merged)];
  } finally {
    host.mount.umount2(merged, MNT_DETACH);
  }
}

async function unpackOverTree({ host, directory }: Scratch, archives: readonly Buffer[]): Promise<Outcome> {
  const warnings: string[] = [];
  const sizes: number[] = [];
  const root = join(directory, 'tree');
  host.fs.mkdir(root, 0o755);
  for (const [n, archive] of archives.entries()) {
    const options = { warn: (message: string): unknown => warnings.push(message) };
    const tree = { root, files: 'own' } as const;
    const size = await unlessRefused(() => applyLayerToTree(host, streamOf(archive), tree, options));
    if (size === undefined) return { refused: n, sizes, warnings };
    sizes.push(size);
  }
  return { view: [...dumpTree(host, root)], sizes, warnings };
}

async function unlessRefused(apply: () => Promise<{ readonly size: number }>): Promise<number | undefined> {
  try {
    return (await apply()).size;
  } catch (error) {
    if (error instanceof ArchiveError) return undefined;
    throw error;
  }
}
