// Runs the tests: `node test/run.mjs [property|privileged] [vitest arguments…]`, both projects by default. As root it gives
// them a mount namespace of their own, so that no mount of a test outlives it, however it ends. Its last line is
// `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const projects = ['property', 'privileged'];
const [first, ...others] = process.argv.slice(2);
const selected = projects.includes(first) ? [first] : projects;
const passedOn = projects.includes(first) || first === undefined ? others : [first, ...others];

const scratch = mkdtempSync(join(tmpdir(), 'graphdriver-tests-'));
const report = join(scratch, 'report.json');
const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--configLoader', 'runner'];
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const command = [...vitest, ...selected.flatMap((name) => ['--project', name]), ...reporters, ...passedOn];

const reasons = selected.includes('privileged') ? whyNotPrivileged() : [];
announce(reasons);
const isolated = process.getuid?.() === 0 && process.platform === 'linux';
const [program, ...parameters] = isolated ? ['unshare', '--mount', '--propagation', 'private', ...command] : command;

const child = spawn(program, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => finish(1, error.message));
child.on('exit', (status, signal) => finish(status ?? 1, signal));

function whyNotPrivileged() {
  const why = [];
  if (process.platform !== 'linux') why.push('this is not Linux');
  if (process.getuid?.() !== 0) why.push('this is not root (try `sudo npm test`)');
  if (!existsSync('native/build/Release/graphdriver.node')) why.push('the addon is not built (`npm run build:native`)');
  return why;
}

function announce(reasons) {
  if (reasons.length === 0) return;
  const bar = '!'.repeat(100);
  console.error(`${bar}\n! PRIVILEGED TESTS WILL SKIP: ${reasons.join('; ')}\n${bar}`);
}

function finish(status, problem) {
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(scratch, { recursive: true, force: true });
  if (problem) console.error(`tests ended early: ${problem}`);
  announce(reasons);
  if (counts === undefined) {
    console.error('the test runner left no report');
    process.exit(status || 1);
  }
  const skipped = counts.numPendingTests + counts.numTodoTests;
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${skipped} skipped`);
  process.exit(status);
}
