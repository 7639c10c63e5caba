import fc from 'fast-check';
import { errno } from '../src/host/errno.ts';
import type { Json } from '../src/oracle/schema.ts';
import { disagreementOf, onBoth } from '../test/privileged/posix/two-kernels.ts';
import { programs } from '../test/property/sim/differential/arbitrary.ts';
import { overlayPrograms } from '../test/property/sim/differential/overlay-ground.ts';
import type { Program } from '../test/property/sim/differential/program.ts';
import type { Result, RunOptions } from '../test/property/sim/differential/run-program.ts';
import type { CaseKind, CaseResult, Kernels, Reached } from './case.ts';

interface Drawn {
  readonly actors: number;
  readonly programs: fc.Arbitrary<Program>;
  readonly options: RunOptions;
}

const base = { chroot: true, maxLength: 100 };
const mounting: RunOptions = { inodes: 'ignored' };

/** Cases that are programs of system calls on a tmpfs or an overlay, by one or several users, with or without mounts. */
export const programKinds: readonly CaseKind[] = [
  programKind('program, one user', { actors: 1, programs: programs({ ...base, actors: 1 }), options: {} }),
  programKind('program, three users', { actors: 3, programs: programs({ ...base, actors: 3 }), options: {} }),
  programKind('program with mounts', {
    actors: 2,
    programs: programs({ ...base, actors: 2, mounts: true }),
    options: mounting,
  }),
  programKind('program on an overlay', { actors: 3, programs: overlayPrograms(3, 100), options: mounting }),
];

function programKind(name: string, drawn: Drawn): CaseKind {
  return { name, run: (seed, kernels) => compared(seed, drawn, kernels) };
}

function compared(seed: number, { actors, programs: drawn, options }: Drawn, { real }: Kernels): CaseResult {
  const calls: Reached[] = [];
  const differs = (program: Program): ReturnType<typeof disagreementOf> => {
    const answers = onBoth(real, program, actors, options);
    for (const [index, { op }] of program.entries()) calls.push([op, outcomeOf(answers.real[index])]);
    return disagreementOf(program, answers, options);
  };
  const property = fc.property(drawn, (program) => differs(program) === undefined);
  const { counterexample } = fc.check(property, { seed, numRuns: 1 });
  if (counterexample === null) return { calls, finding: undefined };
  const [program] = counterexample;
  const last = differs(program);
  const record = { name: `seed ${seed}`, program, actors, last: last?.real, simulated: last?.sim };
  const lines = [
    `${JSON.stringify(last?.call)}: expected ${JSON.stringify(last?.real)}, got ${JSON.stringify(last?.sim)}`,
  ];
  return { calls, finding: { lines, ending: 'json', records: [record as unknown as Json] } };
}

/** The errno that a call ended with; beside it there may be what the call changed. */
export function outcomeOf(result: Result | undefined): string {
  const values = typeof result === 'object' && result !== null ? Object.values(result as object) : [result];
  // What was read from a file may look like one.
  return values.find((value): value is string => typeof value === 'string' && Object.hasOwn(errno, value)) ?? 'success';
}
