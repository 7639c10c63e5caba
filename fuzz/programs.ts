import fc from 'fast-check';
import type { Json } from '../src/oracle/schema.ts';
import { disagreementOf, onBoth } from '../test/privileged/posix/two-kernels.ts';
import { programs } from '../test/property/sim/differential/arbitrary.ts';
import type { ProgramShape } from '../test/property/sim/differential/program.ts';
import type { Program } from '../test/property/sim/differential/program.ts';
import type { Result, RunOptions } from '../test/property/sim/differential/run-program.ts';
import type { CaseKind, CaseResult, Kernels, Reached } from './case.ts';

/** Cases that are programs of system calls on a tmpfs, by one or several users, with or without mounts. */
export const programKinds: readonly CaseKind[] = [
  programKind('program, one user', { chroot: true, actors: 1, maxLength: 100 }, {}),
  programKind('program, three users', { chroot: true, actors: 3, maxLength: 100 }, {}),
  programKind('program with mounts', { chroot: true, actors: 2, maxLength: 100, mounts: true }, { inodes: 'ignored' }),
];

function programKind(name: string, shape: ProgramShape, options: RunOptions): CaseKind {
  return { name, run: (seed, kernels) => compared(seed, shape, options, kernels) };
}

function compared(seed: number, shape: ProgramShape, options: RunOptions, { real }: Kernels): CaseResult {
  const calls: Reached[] = [];
  const differs = (program: Program): ReturnType<typeof disagreementOf> => {
    const answers = onBoth(real, program, shape.actors, options);
    for (const [index, { op }] of program.entries()) calls.push([op, outcomeOf(answers.real[index])]);
    return disagreementOf(program, answers, options);
  };
  const property = fc.property(programs(shape), (program) => differs(program) === undefined);
  const { counterexample } = fc.check(property, { seed, numRuns: 1 });
  if (counterexample === null) return { calls, finding: undefined };
  const [program] = counterexample;
  const last = differs(program);
  const record = { name: `seed ${seed}`, program, actors: shape.actors, last: last?.real, simulated: last?.sim };
  const lines = [
    `${JSON.stringify(last?.call)}: expected ${JSON.stringify(last?.real)}, got ${JSON.stringify(last?.sim)}`,
  ];
  return { calls, finding: { lines, ending: 'json', records: [record as unknown as Json] } };
}

/** The errno that a call ended with; beside it there may be what the call changed. */
function outcomeOf(result: Result | undefined): string {
  const values = typeof result === 'object' && result !== null ? Object.values(result as object) : [result];
  const code = values.find((value) => typeof value === 'string' && /^E[A-Z0-9]+$/.test(value)) as string | undefined;
  return code ?? 'success';
}
