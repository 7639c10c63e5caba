import { AT_FDCWD } from '../../../src/host/constants.ts';
import type { Path } from '../../../src/host/path.ts';
import type { Machine, ProcessInit, ReplayTarget } from '../../../src/oracle/target.ts';
import { SimMachine } from '../../../src/sim/index.ts';
import type { Program } from '../../property/sim/differential/program.ts';
import {
  firstDifference,
  runProgram,
  type Actor,
  type Result,
  type RunOptions,
} from '../../property/sim/differential/run-program.ts';

type Person = Pick<ProcessInit, 'uid' | 'gid' | 'groups'>;

/** Root, and two users of whom one is in the other's group. */
const people: readonly Person[] = [
  { uid: 0, gid: 0, groups: [0] },
  { uid: 1000, gid: 1000, groups: [1, 1000] },
  { uid: 1, gid: 1, groups: [1] },
];

const worldMode = 0o777;
const root = '/' as Path;

/** A call that the two kernels answered differently. */
export interface Disagreement {
  readonly call: Program[number] | undefined;
  readonly sim: Result | undefined;
  readonly real: Result | undefined;
}

/** Runs a program on the simulator and on the real kernel, by `actors` people in a chroot on a fresh tmpfs. */
export function disagreement(
  kernel: ReplayTarget,
  program: Program,
  actors: number,
  options: RunOptions = {},
): Disagreement | undefined {
  return disagreementOf(program, onBoth(kernel, program, actors, options), options);
}

/** What both kernels answer to each call of a program. */
export interface BothAnswers {
  readonly sim: readonly Result[];
  readonly real: readonly Result[];
}

export function onBoth(kernel: ReplayTarget, program: Program, actors: number, options: RunOptions): BothAnswers {
  const taking = people.slice(0, actors);
  // The simulator's clock moves at every call; only the kernel has to be waited for.
  const sim = runProgram(program, onSimulator(taking), { ...options, pause: () => undefined });
  const real = onKernel(kernel, taking, (those) => runProgram(program, those, options));
  return { sim, real };
}

export function disagreementOf(
  program: Program,
  { sim, real }: BothAnswers,
  options: RunOptions,
): Disagreement | undefined {
  const at = options.accessTimes === undefined ? firstDifference(sim, real) : firstInequality(sim, real);
  return at === undefined ? undefined : { call: program[at], sim: sim[at], real: real[at] };
}

function firstInequality(sim: readonly Result[], real: readonly Result[]): number | undefined {
  const at = real.findIndex((result, index) => JSON.stringify(result) !== JSON.stringify(sim[index]));
  return at < 0 ? undefined : at;
}

/** The processes stand on a mount of their own, as they do on the real kernel. */
function onSimulator(taking: readonly Person[]): Actor[] {
  const machine = SimMachine.boot();
  const world = '/world' as Path;
  machine.init.mkdirat(AT_FDCWD, world, 0o755);
  machine.init.mount('machine', world, 'tmpfs', 0, 'mode=777');
  return taking.map((person) => {
    const process = machine.spawn({ ...person, umask: 0o022, root: world });
    if (typeof process === 'number') throw new Error(`no process: ${process}`);
    return { calls: process, chdir: (path) => process.chdir(path) };
  });
}

function onKernel(kernel: ReplayTarget, taking: readonly Person[], run: (actors: Actor[]) => Result[]): Result[] {
  const machine: Machine = kernel.boot();
  try {
    const processes = taking.map((person) => machine.start({ ...person, umask: 0o022, root, cwd: root }));
    processes[0]?.calls.fchmodat(AT_FDCWD, '/', worldMode, 0);
    return run(processes);
  } finally {
    machine.shutdown();
  }
}
