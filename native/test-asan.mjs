// Runs the tests of the Linux host with the addon built with AddressSanitizer and UndefinedBehaviorSanitizer
// (native/build/Debug): `npm run test:asan`. A finding ends the run with its report.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compile } from './node-gyp.mjs';

const failure = compile(import.meta.dirname, 'Debug');
if (failure !== undefined) {
  console.error(`test:asan: ${failure}`);
  process.exit(1);
}

const compiler = process.env['CXX'] ?? 'g++';
const libraries = ['libasan.so', 'libubsan.so'].map((name) =>
  execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim(),
);
const environment = {
  ...process.env,
  GRAPHDRIVER_ADDON: join(import.meta.dirname, 'build', 'Debug', 'graphdriver.node'),
  // Node itself is not instrumented: the sanitizers have to be there before it.
  LD_PRELOAD: libraries.join(':'),
  // Leaks are not looked for, because Node frees little of what it has when it ends.
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};
const run = spawnSync(process.execPath, ['test/run.mjs', 'linux-host'], {
  cwd: join(import.meta.dirname, '..'),
  env: environment,
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
