import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The image that a real dockerd built, and what that made of it (test/data/images/README.md). */
export const tricky = join(import.meta.dirname, '../../data/images/tricky');

/** Its three forms. */
export const forms = ['docker-archive.tar', 'oci-gzip', 'oci-zstd'].map((name) => join(tricky, name));

/** One line of a tree dump. */
export type Row = Readonly<Record<string, unknown>> & { readonly path: string; readonly type: string };

export interface ExpectedLayer {
  readonly n: number;
  readonly chainId: string;
  readonly diffId: string;
  readonly size: number;
}

export const expectedLayers = rowsOf(read('layers.jsonl')) as unknown as readonly ExpectedLayer[];

export function expectedRows(kind: 'raw' | 'view', layer: number): readonly Row[] {
  return timeless(rowsOf(read(`${kind}-${layer}.jsonl`)));
}

function read(name: string): string {
  return readFileSync(join(tricky, 'expected/overlay2', name), 'utf8');
}

export function rowsOf(lines: string): readonly Row[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/**
 * The rows without the times that dockerd left at the time of loading. No archive of this image has an entry for its root,
 * and every directory in them has one; a whiteout is made by the driver, and its time is when that was.
 */
export function timeless(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => (isTimedByLoad(row) ? { ...row, mtime: 0, mtimeNs: 0 } : row));
}

function isTimedByLoad({ path, type, rdev }: Row): boolean {
  return path === '.' || (type === 'character-device' && rdev === '0:0');
}

/** The ids that a load gives. */
export function idsOf(layers: readonly ExpectedLayer[]): readonly string[] {
  return layers.map(({ chainId }) => chainId.slice('sha256:'.length));
}

/** What `load --json` prints but for the image's name, which differs between the forms. */
export function expectedLoad(host: string): object {
  const ids = idsOf(expectedLayers);
  return {
    host,
    driver: 'overlay2',
    top: ids.at(-1),
    layers: expectedLayers.map(({ chainId, diffId, size }, i) => ({
      id: ids[i],
      parent: ids[i - 1] ?? '',
      diffId,
      chainId,
      size,
    })),
  };
}
