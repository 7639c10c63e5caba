import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AT_FDCWD, MNT_DETACH, pathFromText, type SyscallHost } from '../../../src/host/index.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { mapText, type MappedCase } from '../../property/sim/differential/mapped-ids.ts';
import type { Program } from '../../property/sim/differential/program.ts';
import type { Result } from '../../property/sim/differential/run-program.ts';
import { withIds } from './namespaces.ts';

/** The namespace of all these cases. */
export const namespace = withIds('with three ids', mapText);

const runner = join(import.meta.dirname, 'run-programs.ts');
const [program, ...args] = [process.execPath, '--import', import.meta.resolve('tsx'), runner] as const;

/**
 * What this kernel answers in each case to the user and group `id` of the namespace. Needs root: works on a tmpfs of its own, and
 * leaves nothing.
 */
export async function answersHere(cases: readonly MappedCase[], id: number): Promise<readonly (readonly Result[])[]> {
  const directory = mkdtempSync(join(tmpdir(), 'graphdriver-ids-'));
  const { mount: mounts } = linux();
  mounts.mount('ids', pathFromText(directory), 'tmpfs', 0, 'mode=755');
  try {
    return await answersIn(directory, cases, id);
  } finally {
    mounts.umount2(pathFromText(directory), MNT_DETACH);
    rmdirSync(directory);
  }
}

function linux(): SyscallHost {
  const result = linuxHost();
  if (!result.ok) throw new Error(result.reason);
  return result.host;
}

async function answersIn(
  directory: string,
  cases: readonly MappedCase[],
  id: number,
): Promise<readonly (readonly Result[])[]> {
  const place = join(directory, 'worlds');
  const worlds = cases.map((_, number) => join(place, String(number)));
  mkdirSync(place);
  for (const world of worlds) mkdirSync(world);
  open(worlds);
  const outside = fileOf(
    join(directory, 'outside.json'),
    cases.map((each) => each.outside),
  );
  const before = spawnSync(program, [...args, place, outside, '0'], { encoding: 'utf8' });
  if (before.status !== 0) throw new Error(before.stderr);
  open(worlds);
  const inside = fileOf(
    join(directory, 'inside.json'),
    cases.map((each) => each.inside),
  );
  const { stdout, stderr } = await namespace.run(program, ...args, place, inside, String(id));
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly (readonly Result[])[];
}

/** Root's, and everybody may write there: programs may have changed it. */
function open(worlds: readonly string[]): void {
  const { calls } = linux();
  for (const world of worlds) {
    // Not there, mostly.
    calls.removexattrat(AT_FDCWD, pathFromText(world), 0, 'system.posix_acl_access');
    chmodSync(world, 0o777);
    chownSync(world, 0, 0);
  }
}

function fileOf(file: string, programs: readonly Program[]): string {
  writeFileSync(file, JSON.stringify(programs));
  return file;
}
