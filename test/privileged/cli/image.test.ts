import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whyNoMounts } from '../linux-world.ts';
import { Graphdriver, Scratch } from './binary.ts';
import { expectedLayers, expectedRows, forms, rowsOf, timeless } from './tricky.ts';

// A real image in each form, loaded by one process and read by others: on disk and in the mounted view it is what dockerd
// made of it, in every field.

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: the command with a real image on this kernel: ${why}`);

const ids = expectedLayers.map(({ chainId }) => chainId.slice('sha256:'.length));

describe.skipIf(why !== undefined).each(forms)('%s', (form) => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => {
    scratch.end();
  });

  const hosts: Readonly<Record<string, () => readonly string[]>> = {
    linux: () => ['--host', 'linux', '--root', scratch.path('root')],
    sim: () => ['--host', `sim:${scratch.path('machine')}`],
  };

  test.each(Object.keys(hosts))(`${basename(form)} on %s is dockerd's`, (host) => {
    const graphdriver = new Graphdriver(hosts[host]?.() ?? []);
    const loaded = graphdriver.json('load', form) as { image: string };
    expect(loaded).toEqual({
      image: loaded.image,
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
    });
    // Of all layers first, since overlayfs marks the directory of a layer that it mounts for writing.
    for (const [n, id] of ids.entries()) {
      expect(timeless(rowsOf(graphdriver.ok('dump', id, '--raw'))), `layer ${n}`).toEqual(expectedRows('raw', n));
    }
    for (const [n, id] of ids.entries()) {
      expect(timeless(rowsOf(graphdriver.ok('dump', id))), `view ${n}`).toEqual(expectedRows('view', n));
    }
    expect(graphdriver.json('load', form)).toEqual(loaded);
    expect(scratch.mounts()).toEqual([]);
  });
});
