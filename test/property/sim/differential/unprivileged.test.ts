import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT_FDCWD } from '../../../../src/host/constants.ts';
import { linuxHost } from '../../../../src/host/linux/index.ts';
import { filesystemMagic, pathFromText, type Syscalls } from '../../../../src/host/index.ts';
import { SimMachine } from '../../../../src/sim/index.ts';
import { programs } from './arbitrary.ts';
import type { Program } from './program.ts';
import { firstDifference, runProgram, type Result } from './run-program.ts';

/**
 * The same generated program on the simulator and in a directory of the tmpfs of this machine, as whoever runs the tests.
 * There is no chroot without privileges: names that lead upwards go up a few levels at most, which lie in the scratch
 * directory, and no symlink holds any.
 */
const shared = '/dev/shm';
const levels = 'l/l/l/l/l/l/l/l/l/l/l/l';

function whyNotHere(): string | undefined {
  const result = linuxHost();
  if (!result.ok) return result.reason;
  const answer = result.host.calls.statfs(shared);
  if (typeof answer === 'number' || answer.type !== filesystemMagic.tmpfs) return `${shared} is no tmpfs`;
  return /^6\.(1[0-9]|[2-9][0-9])\./.test(result.host.system.kernelRelease())
    ? undefined
    : 'the kernel is older than 6.10';
}

const reason = whyNotHere();
if (reason !== undefined) console.warn(`SKIPPED: the simulator against the kernel: ${reason}`);

describe.skipIf(reason !== undefined)('the simulator and the running kernel', () => {
  let scratch = '';
  let run = 0;
  const before = process.cwd();

  beforeAll(() => {
    scratch = mkdtempSync(join(shared, 'graphdriver-sim-'));
  });
  afterAll(() => {
    process.chdir(before);
    // A program may have left directories that nobody but root may look into.
    spawnSync('chmod', ['-R', 'u+rwx', scratch]);
    rmSync(scratch, { recursive: true, force: true });
  });

  it('answer every call of a program alike', () => {
    fc.assert(
      fc.property(programs({ chroot: false, actors: 1, maxLength: 40 }), (program) => {
        run += 1;
        const directory = join(scratch, String(run), levels);
        mkdirSync(directory, { recursive: true });
        const real = onKernel(program, directory);
        const sim = onSimulator(program);
        const at = firstDifference(sim, real);
        expect(at === undefined ? undefined : { call: program[at], sim: sim[at], real: real[at] }).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });
});

function onKernel(program: Program, directory: string): Result[] {
  const result = linuxHost();
  if (!result.ok) throw new Error(result.reason);
  const { calls } = result.host;
  calls.chdir(pathFromText(directory));
  const umask = calls.umask(0o022);
  try {
    return runProgram(program, [{ calls, chdir: (path) => calls.chdir(path) }]);
  } finally {
    calls.umask(umask);
  }
}

/** The same directories, owned by the same user. */
function onSimulator(program: Program): Result[] {
  const machine = SimMachine.boot();
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  makeLevels(machine.init, uid, gid);
  const groups = process.getgroups?.() ?? [];
  const actor = machine.spawn({ uid, gid, groups, umask: 0o022 });
  if (typeof actor === 'number') throw new Error(`no process: ${actor}`);
  actor.chdir(`/${levels}`);
  return runProgram(program, [{ calls: actor, chdir: (path) => actor.chdir(path) }]);
}

function makeLevels(calls: Syscalls, uid: number, gid: number): void {
  let path = '';
  for (const name of levels.split('/')) {
    path += `/${name}`;
    calls.mkdirat(AT_FDCWD, path, 0o755);
    calls.fchownat(AT_FDCWD, path, uid, gid, 0);
  }
}
