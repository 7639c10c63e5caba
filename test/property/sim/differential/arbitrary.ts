import fc from 'fast-check';
import { AT_EMPTY_PATH } from '../../../../src/host/constants.ts';
import { onAttributes } from './draw/attributes.ts';
import { onDescriptors } from './draw/descriptors.ts';
import { onMounts } from './draw/mounts.ts';
import { onNames } from './draw/names.ts';
import { pathOf, slot, targetOf, type Choices } from './draw/values.ts';
import type { Op, Program, ProgramShape } from './program.ts';

/** Programs of a shape. */
export function programs(shape: ProgramShape): fc.Arbitrary<Program> {
  return fc.array(operation(shape), { minLength: 1, maxLength: shape.maxLength, size: 'max' });
}

function operation(shape: ProgramShape): fc.Arbitrary<Op> {
  const path = pathOf(shape);
  const choices: Choices = [...onNames(path, targetOf(shape)), ...onDescriptors(path), ...onAttributes(path)];
  if (shape.actors > 1) {
    const who = fc.integer({ min: 0, max: shape.actors - 1 });
    choices.push({ weight: 8, arbitrary: fc.record({ op: fc.constant('as' as const), who }) });
  }
  if (shape.actors === 1) {
    // Which credentials opened a descriptor is not kept by a thread that plays several processes in turn.
    const from = fc.constant('');
    const flags = fc.constant(AT_EMPTY_PATH);
    choices.push({
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('link' as const), from, to: path, flags, slot }),
    });
  }
  if (shape.chroot) {
    choices.push({ weight: 2, arbitrary: fc.record({ op: fc.constant('chdir' as const), path }) });
    choices.push({ weight: 1, arbitrary: fc.constant({ op: 'getcwd' as const }) });
  }
  return fc.oneof(...choices, ...(shape.mounts === undefined ? [] : onMounts(path)));
}
