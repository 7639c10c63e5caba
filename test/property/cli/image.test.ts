import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MachineUnderTest } from './machine.ts';
import { expectedLayers, expectedLoad, expectedRows, forms, idsOf, rowsOf, timeless } from './tricky.ts';

// The image of a real dockerd, in each form, on the simulator: what the driver puts on disk and what the kernel shows is
// what dockerd and Linux made of it, in every field.

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

describe("dockerd's image on the simulator", () => {
  test.each(forms.map((form) => [basename(form), form] as const))('from %s', async (_name, form) => {
    const loaded = await machine.json('load', form);
    expect(loaded).toMatchObject(expectedLoad('sim'));
    for (const [n, id] of idsOf(expectedLayers).entries()) {
      expect(timeless(rowsOf(await machine.ok('dump', id))), `view ${n}`).toEqual(expectedRows('view', n));
      expect(timeless(rowsOf(await machine.ok('dump', id, '--raw'))), `layer ${n}`).toEqual(expectedRows('raw', n));
    }
    expect(await machine.json('load', form)).toEqual(loaded);
  });
});
