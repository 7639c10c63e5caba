import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  expectedLayer,
  expectedLayers,
  expectedLoad,
  expectedView,
  forms,
  ids,
  rowsOf,
  timeless,
  type RecordedDriver,
} from '../../property/cli/tricky.ts';
import { whyNoMounts } from '../linux-world.ts';
import { Graphdriver, Scratch } from './binary.ts';

// A real image in each form, loaded by one process and read by others: on disk and in the mounted view it is what dockerd
// made of it, in every field. The same on the simulator is in test/property/cli.

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: the command with a real image on this kernel: ${why}`);

describe.skipIf(why !== undefined)("dockerd's image on this kernel", () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => {
    scratch.end();
  });

  /** Loads the image into the driver twice, and compares what is on disk, and what is seen, with what dockerd made. */
  function checkLoad(driver: RecordedDriver, form: string): void {
    const graphdriver = new Graphdriver(['--host', 'linux', '--driver', driver, '--root', scratch.path('root')]);
    const loaded = graphdriver.json('load', form);
    expect(loaded).toMatchObject(expectedLoad('linux', driver, expectedLayers(driver)));
    for (const [n, id] of ids.entries()) {
      expect(timeless(rowsOf(graphdriver.ok('dump', id))), `view ${n}`).toEqual(expectedView(n));
      // A look at a view, which may mount it, has left no mark in the layer's own directory.
      const layer = timeless(rowsOf(graphdriver.ok('dump', id, '--raw')));
      expect(layer, `layer ${n}`).toEqual(expectedLayer(driver, n));
    }
    // The size of a layer that is there already is DiffSize; with naive diffs that counts symlinks, which the archive does not.
    expect(graphdriver.json('load', form)).toMatchObject({ top: ids.at(-1), layers: ids.map((id) => ({ id })) });
    for (const [n, id] of [...ids.entries()].slice(-2)) {
      graphdriver.ok('diff', id, '-o', scratch.path('layer.tar'));
      const digest = createHash('sha256')
        .update(readFileSync(scratch.path('layer.tar')))
        .digest('hex');
      expect(`sha256:${digest}`, `archive ${n}`).toBe(expectedLayers(driver)[n]?.diffId);
    }
    expect(graphdriver.ok('verify', form).split('\n')).toHaveLength(ids.length + 1);
    expect(scratch.mounts()).toEqual([]);
  }

  test.each(forms.map((form) => [basename(form), form] as const))('from %s', (_name, form) => {
    checkLoad('overlay2', form);
  });

  test.each(['overlay', 'vfs'] as const)('in %s', (driver) => {
    checkLoad(driver, forms[0] ?? '');
  });

  test('in overlay shares the files that a layer does not change, and no others', () => {
    const graphdriver = new Graphdriver(['--host', 'linux', '--driver', 'overlay', '--root', scratch.path('root')]);
    graphdriver.ok('load', forms[0] ?? '');
    const inode = (n: number, path: string): bigint =>
      statSync(scratch.path('root/overlay', ids[n] ?? '', 'root', path), { bigint: true }).ino;
    expect(inode(1, 'bin/ping')).toBe(inode(0, 'bin/ping'));
    expect(inode(6, 'bin/ping')).toBe(inode(0, 'bin/ping'));
    // Layer 2 changes its mode.
    expect(inode(1, 'etc/passwd')).toBe(inode(0, 'etc/passwd'));
    expect(inode(2, 'etc/passwd')).not.toBe(inode(1, 'etc/passwd'));
  });
});
