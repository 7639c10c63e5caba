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

/** The drivers of dockerd 20.10 that there are dumps of. Those that keep whole trees have no others for the views. */
export type RecordedDriver = 'overlay2' | 'overlay' | 'vfs';

export function expectedLayers(driver: RecordedDriver): readonly ExpectedLayer[] {
  return rowsOf(read(driver, 'layers.jsonl')) as unknown as readonly ExpectedLayer[];
}

/** The layer's own directory. */
export function expectedLayer(driver: RecordedDriver, layer: number): readonly Row[] {
  return timeless(rowsOf(read(driver, `raw-${layer}.jsonl`)));
}

/** What one sees of the layer and those below it, whichever the driver. */
export function expectedView(layer: number): readonly Row[] {
  return timeless(rowsOf(read('overlay2', `view-${layer}.jsonl`)));
}

function read(driver: RecordedDriver, name: string): string {
  return readFileSync(join(tricky, 'expected', driver, name), 'utf8');
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
export const ids: readonly string[] = expectedLayers('overlay2').map(({ chainId }) => chainId.slice('sha256:'.length));

/** What `load --json` prints but for the image's name, which differs between the forms. Drivers differ in the sizes. */
export function expectedLoad(host: string, driver: string, layers: readonly ExpectedLayer[]): object {
  return {
    host,
    driver,
    top: ids.at(-1),
    layers: layers.map(({ chainId, diffId, size }, i) => ({
      id: ids[i],
      parent: ids[i - 1] ?? '',
      diffId,
      chainId,
      size,
    })),
  };
}
