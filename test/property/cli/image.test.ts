import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MachineUnderTest } from './machine.ts';
import { expectedLayer, expectedLayers, expectedLoad, expectedView, forms, ids, rowsOf, timeless } from './tricky.ts';

// The image of a real dockerd, on the simulator: what the drivers put on disk and what the kernel shows is what dockerd and
// Linux made of it, in every field.

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

async function checkViews(...options: readonly string[]): Promise<void> {
  for (const [n, id] of ids.entries()) {
    expect(timeless(rowsOf(await machine.ok('dump', id, ...options))), `view ${n}`).toEqual(expectedView(n));
  }
}

async function checkLayers(driver: 'overlay2' | 'overlay' | 'vfs'): Promise<void> {
  for (const [n, id] of ids.entries()) {
    const seen = timeless(rowsOf(await machine.ok('dump', id, '--raw', '--driver', driver)));
    expect(seen, `layer ${n}`).toEqual(expectedLayer(driver, n));
  }
}

describe("dockerd's image on the simulator", () => {
  test.each(forms.map((form) => [basename(form), form] as const))('from %s', async (_name, form) => {
    const loaded = await machine.json('load', form);
    expect(loaded).toMatchObject(expectedLoad('sim', 'overlay2', expectedLayers('overlay2')));
    await checkLayers('overlay2');
    // The same layers give the same views, whichever form they came in.
    if (form === forms[0]) await checkViews();
    expect(await machine.json('load', form)).toEqual(loaded);
  });

  test.each(['overlay', 'vfs'] as const)('in %s', async (driver) => {
    const loaded = await machine.json('load', forms[0] ?? '', '--driver', driver);
    expect(loaded).toMatchObject(expectedLoad('sim', driver, expectedLayers(driver)));
    await checkViews('--driver', driver);
    await checkLayers(driver);
  });

  test('in aufs', async () => {
    // No file: the machine is made by the first command.
    const loaded = await machine.json('load', forms[0] ?? '', '--driver', 'aufs');
    // Of dockerd's aufs there is no dump; it counts the sizes of layers as overlay2 does.
    expect(loaded).toMatchObject(expectedLoad('sim', 'aufs', expectedLayers('overlay2')));
    await checkViews('--driver', 'aufs');
  });
});
