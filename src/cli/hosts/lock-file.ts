import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a command waits for another one to be done with a file, in milliseconds. */
const patience = 30_000;
const interval = 20;

/** A file beside another one that says which process works on that one. */
export interface LockFile {
  release(): Promise<void>;
}

/**
 * Takes the lock of `file`, which is `file.lock` with the number of this process in it. It is made aside and linked into
 * place, so that it is never seen empty. A lock whose process is no more is taken over.
 * @throws Error when another process has held it for half a minute
 */
export async function lockFile(file: string, wait = patience): Promise<LockFile> {
  const lock = `${file}.lock`;
  const own = `${lock}.${process.pid}.${(count += 1)}`;
  await writeNew(own, `${process.pid}\n`);
  try {
    const end = performance.now() + wait;
    while (!(await tryLink(own, lock))) {
      await takeOverStale(lock, own);
      if (performance.now() > end) throw await heldError(file, lock);
      await sleep(interval);
    }
  } finally {
    await rm(own, { force: true });
  }
  return { release: () => rm(lock, { force: true }) };
}

let count = 0;

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function tryLink(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Moves a dead process's lock out of the way. Only one of several that see it wins the rename; if it has moved a living one's
 * by then, it puts that back.
 */
async function takeOverStale(lock: string, own: string): Promise<void> {
  const holder = await holderOf(lock);
  if (holder === undefined || isAlive(holder)) return;
  const aside = `${own}.stale`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await holderOf(aside);
  if (moved !== undefined && moved !== holder && isAlive(moved)) await tryLink(aside, lock);
  await rm(aside, { force: true });
}

async function holderOf(lock: string): Promise<number | undefined> {
  try {
    const holder = Number.parseInt(await readFile(lock, 'utf8'), 10);
    return Number.isSafeInteger(holder) && holder > 0 ? holder : undefined;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

async function heldError(file: string, lock: string): Promise<Error> {
  const holder = await holderOf(lock);
  return new Error(`${file} is in use by process ${holder ?? 'unknown'}; if it is not, remove ${lock}`);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
