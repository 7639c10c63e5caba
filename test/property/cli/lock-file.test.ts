import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFile } from '../../../src/cli/hosts/lock-file.ts';

// Two commands at once on one simulated machine would lose what one of them did.

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'graphdriver-lock-'));
  file = join(directory, 'machine');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** The number of a process that was, and is no more. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

test('one at a time, and nothing is left', async () => {
  let inside = 0;
  let turns = 0;
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      const lock = await lockFile(file);
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
      turns += 1;
      await lock.release();
    }),
  );
  expect(turns).toBe(12);
  expect(readdirSync(directory)).toEqual([]);
});

test('the lock of a process that is no more is taken over', async () => {
  writeFileSync(`${file}.lock`, `${deadProcess()}\n`);
  const locks = Promise.all(Array.from({ length: 5 }, async () => (await lockFile(file)).release()));
  await locks;
  expect(readdirSync(directory)).toEqual([]);
});

test('the lock of another process is waited for, and then reported', async () => {
  writeFileSync(`${file}.lock`, `${process.ppid}\n`);
  await expect(lockFile(file, 60)).rejects.toThrow(
    `${file} is in use by process ${process.ppid}; if it is not, remove`,
  );
  expect(readFileSync(`${file}.lock`, 'utf8')).toBe(`${process.ppid}\n`);
  expect(readdirSync(directory)).toEqual(['machine.lock']);
});

test('a lock whose directory is not there is an error', async () => {
  await expect(lockFile(join(directory, 'nowhere/machine'))).rejects.toThrow('ENOENT');
  expect(existsSync(join(directory, 'nowhere'))).toBe(false);
});
