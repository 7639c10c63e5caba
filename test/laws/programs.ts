import fc from 'fast-check';
import { aimedEdit } from './edits.ts';
import { layer } from './layer.ts';
import { Lockstep } from './lockstep.ts';
import type { Step } from './step.ts';
import type { World } from './world.ts';

const number = fc.nat({ max: 11 });
const edits = fc.array(aimedEdit, { minLength: 1, maxLength: 8 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('image', 'fill'), below: number, layer }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('container'), below: number, edits }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('edit'), on: number, edits }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('carry', 'remove', 'hold', 'put'), on: number }) },
);

/** A program always begins with an image, so that its edits meet something. */
const program: fc.Arbitrary<readonly Step[]> = fc
  .tuple(layer, fc.array(step, { minLength: 1, maxLength: 6 }))
  .map(([first, rest]) => [{ op: 'image', below: 0, layer: first }, ...rest]);

/** The same program gives the same results, views, changes and diffs with every driver. */
export function driversAgree(worlds: readonly World[]): fc.IAsyncProperty<[readonly Step[]]> {
  return fc.asyncProperty(program, async (steps) => {
    const machines = worlds.map((world) => world.start());
    try {
      const lockstep = await Lockstep.start(machines);
      for (const step of steps) await lockstep.take(step);
      await lockstep.finish();
    } finally {
      for (const machine of machines) machine.discard();
    }
  });
}
