/**
 * `run-programs.ts DIRECTORY FILE ID`: runs programs as the user and group ID, each with the directory of its number below
 * DIRECTORY as its root. The file of programs and what comes of them, on standard output, are JSON.
 */
import { readFileSync } from 'node:fs';
import { check } from '../../../src/host/check.ts';
import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../../../src/host/constants.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import type { Program } from '../../property/sim/differential/program.ts';
import { runProgram, type Result } from '../../property/sim/differential/run-program.ts';

const [directory = '', file = '', id = ''] = process.argv.slice(2);
const programs = JSON.parse(readFileSync(file, 'utf8')) as readonly Program[];
const linux = linuxHost();
if (!linux.ok) throw new Error(linux.reason);
const { calls } = linux.host;
const outside = check(calls.openat(AT_FDCWD, '/', O_PATH | O_CLOEXEC, 0), 'open', '/');

/** The saved ids stay those of root, by which it comes back. */
function becomes(number: number): void {
  check(calls.setresuid(-1, 0, -1), 'setresuid');
  check(calls.setresgid(number, number, 0), 'setresgid');
  check(calls.setresuid(number, number, 0), 'setresuid');
}

function inside(program: Program, number: number): readonly Result[] {
  check(calls.chroot(`${directory}/${number}`), 'chroot');
  check(calls.chdir('/'), 'chdir');
  calls.umask(0o022);
  becomes(Number(id));
  const results = runProgram(program, [{ calls, chdir: (path) => calls.chdir(path) }], { inodes: 'ignored' });
  becomes(0);
  check(calls.fchdir(outside), 'fchdir');
  check(calls.chroot('.'), 'chroot');
  return results;
}

const results = programs.map(inside);
process.stdout.write(JSON.stringify(results));
