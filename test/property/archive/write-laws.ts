import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  applyLayerToOverlay,
  applyLayerToTree,
  writeOverlayLayer,
  writeTree,
  type OverlayLayer,
} from '../../../src/core/archive/index.ts';
import type { ByteStream } from '../../../src/core/driver.ts';
import { directorySize } from '../../../src/core/files/directory-size.ts';
import { dumpTree, type DumpRow } from '../../../src/core/tree/index.ts';
import { join, type Host, type Path } from '../../../src/host/index.ts';
import { layerBytes, type CraftedEntry } from './layer-cases.ts';
import { anyLayer, baseLayer } from './random-layers.ts';
import { makeRichTree } from './rich-tree.ts';
import type { Scratch, Scratches } from './scratch.ts';
import { streamOf, unpackCase } from './unpack-case.ts';

const stack = fc.tuple(baseLayer, fc.array(anyLayer, { maxLength: 3 })).map(([base, rest]) => [base, ...rest]);

/** All bytes of a stream. */
export async function collect(stream: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** `toEqual` would compare a megabyte element by element, which takes seconds. */
function expectBytes(got: Buffer, expected: Buffer): void {
  expect(got.length).toBe(expected.length);
  expect(
    got.findIndex((byte, i) => byte !== expected[i]),
    'offset of the first byte that differs',
  ).toBe(-1);
}

/** Writing a layer and unpacking it again. */
export function checkWriting(scratches: () => Scratches, numRuns: number): void {
  test('a layer that is written and unpacked is the same layer, and written again the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(stack, (layers) =>
        scratches().run(async (scratch) => {
          const layer = await topOfStack(scratch, layers);
          const archive = await collect(writeOverlayLayer(scratch.host, layer));
          const copy = { ...layer, diff: freshDirectory(scratch, 'copy') };
          const { size } = await applyLayerToOverlay(scratch.host, streamOf(archive), copy);
          expect(rows(scratch.host, copy.diff)).toEqual(rows(scratch.host, layer.diff));
          expect(size).toBe(await directorySize(scratch.host, copy.diff));
          expectBytes(await collect(writeOverlayLayer(scratch.host, copy)), archive);
        }),
      ),
      { numRuns },
    );
  });

  test('a tree that is written and unpacked is the same tree, and written again the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(stack, (layers) =>
        scratches().run(async (scratch) => {
          const { host, directory } = scratch;
          const { refused } = await unpackCase(scratch, { id: '', group: '', why: '', layers }, 'tree');
          fc.pre(refused === undefined);
          const archive = await collect(writeTree(host, join(directory, 'tree')));
          const copy = freshDirectory(scratch, 'copy');
          await applyLayerToTree(host, streamOf(archive), { root: copy, files: 'own' });
          expect(rows(host, copy)).toEqual(rows(host, join(directory, 'tree')));
          expectBytes(await collect(writeTree(host, copy)), archive);
        }),
      ),
      { numRuns },
    );
  });

  test('nothing of a tree is lost, over a tree or as a layer', () =>
    scratches().run(async (scratch) => {
      const root = makeRichTree(scratch);
      const { host } = scratch;
      const archive = await collect(writeTree(host, root));
      const copy = freshDirectory(scratch, 'copy');
      await applyLayerToTree(host, streamOf(archive), { root: copy, files: 'own' });
      expect(rows(host, copy)).toEqual(rows(host, root));
      expectBytes(await collect(writeTree(host, copy)), archive);
      const diff = freshDirectory(scratch, 'diff');
      const layer = { diff, lowers: [], xattrs: 'trusted' } as const;
      await applyLayerToOverlay(host, streamOf(archive, 1 << 16), layer);
      expect(rows(host, diff)).toEqual(rows(host, root));
      expectBytes(await collect(writeOverlayLayer(host, layer)), archive);
    }));

  test('the size of an unpacked layer is that of its directory, also when it is unpacked over another', async () => {
    await fc.assert(
      fc.asyncProperty(stack, anyLayer, (layers, again) =>
        scratches().run(async (scratch) => {
          const layer = await topOfStack(scratch, layers);
          const { size } = await applyLayerToOverlay(scratch.host, streamOf(layerBytes(again)), layer).catch(refused);
          fc.pre(size >= 0);
          expect(size).toBe(await directorySize(scratch.host, layer.diff));
        }),
      ),
      { numRuns },
    );
  });
}

function refused(): { readonly size: number } {
  return { size: -1 };
}

function freshDirectory({ host, directory }: Scratch, name: string): Path {
  const path = join(directory, name);
  host.fs.mkdir(path, 0o755);
  return path;
}

/** Unpacks as many of the layers as are accepted; answers the last one with those below it. */
async function topOfStack(scratch: Scratch, layers: readonly (readonly CraftedEntry[])[]): Promise<OverlayLayer> {
  const made: Path[] = [];
  for (const [n, entries] of layers.entries()) {
    const layer = { diff: freshDirectory(scratch, String(n)), lowers: [...made], xattrs: 'trusted' } as const;
    const { size } = await applyLayerToOverlay(scratch.host, streamOf(layerBytes(entries)), layer).catch(refused);
    if (size >= 0) made.unshift(layer.diff);
  }
  const [diff, ...lowers] = made;
  fc.pre(diff !== undefined);
  return { diff, lowers, xattrs: 'trusted' };
}

/** The rows of a layer's directory; whiteouts and a root that no member describes have the time at which they were made. */
function rows(host: Host, path: Path): DumpRow[] {
  return [...dumpTree(host, path)].map((row) =>
    row.path === '.' || row.rdev === '0:0' ? { ...row, mtime: 0, mtimeNs: 0 } : row,
  );
}
