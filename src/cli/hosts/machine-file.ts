import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { SimMachine } from '../../sim/index.ts';
import type { HostRequest, OpenHost } from './choice.ts';
import { lockFile } from './lock-file.ts';
import { freshMachine, mustHaveKernel, simOpenHost } from './sim.ts';

/** The first line of a machine's file: what it is, and the version of what follows. */
const kind = 'graphdriver machine';
const formatVersion = 2;
const firstLine = `${kind} ${formatVersion}\n`;

/**
 * The simulated machine that is kept in a file; a file that does not exist, or is empty, is a fresh machine. A command that
 * changes the machine has it for itself until it is closed, and then replaces the file as a whole; one that only reads
 * takes it as it is and leaves the file alone.
 * @throws Error where the file holds something else
 */
export async function openMachineFile(file: string, request: HostRequest): Promise<OpenHost> {
  const { use, environment } = request;
  if (use === 'read') {
    return simOpenHost(machineOf(await read(file), file, request), environment, () => Promise.resolve());
  }
  const path = await realpath(file).catch(() => file);
  const lock = await lockFile(path);
  try {
    const before = await read(path);
    const machine = machineOf(before, file, request);
    return simOpenHost(machine, environment, async () => {
      try {
        const after = firstLine + machine.toText();
        if (after !== before) await replace(path, after);
      } finally {
        await lock.release();
      }
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function machineOf(text: string, file: string, request: HostRequest): SimMachine {
  if (text === '') return freshMachine(request);
  if (!text.startsWith(firstLine)) throw new Error(whyNotOurs(text, file));
  const machine = savedMachine(text, file);
  mustHaveKernel(machine, request);
  return machine;
}

function savedMachine(text: string, file: string): SimMachine {
  try {
    return SimMachine.fromText(text.slice(firstLine.length));
  } catch (error) {
    throw new Error(`${file} is damaged: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function whyNotOurs(text: string, file: string): string {
  if (!text.startsWith(`${kind} `))
    return `${file} is no simulated machine; --host sim:FILE makes a new one where FILE does not exist`;
  const version = text.slice(kind.length + 1, kind.length + 10).split('\n')[0] ?? '';
  return `${file} is a simulated machine of format ${version}, and this version of graphdriver reads format ${formatVersion}`;
}

async function replace(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(aside, 'wx');
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
