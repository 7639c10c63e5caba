import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  expectedLayers,
  expectedLoad,
  expectedRows,
  forms,
  idsOf,
  rowsOf,
  timeless,
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

  test.each(forms.map((form) => [basename(form), form] as const))('from %s', (_name, form) => {
    const graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')]);
    const loaded = graphdriver.json('load', form);
    expect(loaded).toMatchObject(expectedLoad('linux'));
    const ids = idsOf(expectedLayers);
    for (const [n, id] of ids.entries()) {
      expect(timeless(rowsOf(graphdriver.ok('dump', id))), `view ${n}`).toEqual(expectedRows('view', n));
      // A look at a view, which mounts it, has left no mark in the layer's own directory.
      expect(timeless(rowsOf(graphdriver.ok('dump', id, '--raw'))), `layer ${n}`).toEqual(expectedRows('raw', n));
    }
    expect(graphdriver.json('load', form)).toEqual(loaded);
    expect(scratch.mounts()).toEqual([]);
  });
});
