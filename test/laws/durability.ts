import { expect } from 'vitest';
import type { Durability } from '../../src/core/driver.ts';
import { layerId } from '../../src/core/layer-id.ts';
import { SyscallHost, type Syscalls } from '../../src/host/index.ts';
import { archiveOf } from './layer-archive.ts';
import { fileMember, type Layer } from './layer.ts';
import { onMachine, openDriver, type World } from './world.ts';

const content: Layer = new Map([['/file', fileMember('content', 1_700_000_000)]]);

/**
 * With the durability `layer`, all that a layer holds is on the disk before the layer gets its name, and the name is before
 * the method returns: so a loss of power leaves the layer completely or not at all.
 */
export async function layersAreSynced(world: World): Promise<void> {
  const calls = await callsOfCreating(world, 'layer');
  const named = calls.findLastIndex((name) => name.startsWith('renameat'));
  const written = calls.lastIndexOf('write');
  expect(written, 'the layer is written').toBeGreaterThanOrEqual(0);
  expect(named, 'and named afterwards').toBeGreaterThan(written);
  expect(calls.slice(0, named), 'its files are synced before it is named').toContain('syncfs');
  expect(calls.slice(written, named).filter(syncs), 'and so is what is written last').not.toEqual([]);
  expect(calls.slice(named), 'the name is synced').toContain('fsync');
}

/** With the durability `none`, nobody waits for the disk. */
export async function nothingIsSynced(world: World): Promise<void> {
  const calls = await callsOfCreating(world, 'none');
  expect(calls).toContain('write');
  expect(calls.filter(syncs)).toEqual([]);
}

function syncs(call: string): boolean {
  return call.includes('sync');
}

/** The system calls, in their order, of creating a layer from an archive over another one. */
async function callsOfCreating(world: World, durability: Durability): Promise<readonly string[]> {
  return onMachine(world, async (machine) => {
    const calls: string[] = [];
    const host = listening(machine.host, calls);
    const driver = await openDriver({ ...machine, host }, { durability });
    await driver.createFromDiff(layerId('base'), '', archiveOf(content));
    calls.length = 0;
    await driver.createFromDiff(layerId('child'), layerId('base'), archiveOf(content));
    return calls;
  });
}

/** The same host, that notes each system call. */
function listening(host: SyscallHost, names: string[]): SyscallHost {
  const calls = new Proxy<Syscalls>(host.calls, {
    get: (target, name) => {
      const call = Reflect.get(target, name) as (...parameters: unknown[]) => unknown;
      return (...parameters: unknown[]): unknown => {
        names.push(String(name));
        return call.apply(target, parameters);
      };
    },
  });
  return new SyscallHost(calls, {
    system: host.system,
    procFilesystems: () => host.procFilesystems(),
    mountTable: () => host.mount.table(),
  });
}
