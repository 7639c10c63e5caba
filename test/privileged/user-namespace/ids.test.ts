import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MNT_DETACH, pathFromText, type SyscallHost } from '../../../src/host/index.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { mappedCases, mapText, simulated } from '../../property/sim/differential/mapped-ids.ts';
import type { Program } from '../../property/sim/differential/program.ts';
import { firstDifference, type Result } from '../../property/sim/differential/run-program.ts';
import { whyNoMounts } from '../linux-world.ts';
import { withIds } from './namespaces.ts';

// The simulator against this kernel, in user namespaces that have some ids and not others.

const namespace = withIds('with three ids', mapText);
const why = whyNoMounts() ?? namespace.why();
if (why !== undefined) console.warn(`SKIPPED: a user namespace with some ids: ${why}`);

const runner = join(import.meta.dirname, 'run-programs.ts');
const command = [process.execPath, '--import', import.meta.resolve('tsx'), runner];

function linux(): SyscallHost {
  const result = linuxHost();
  if (!result.ok) throw new Error(result.reason);
  return result.host;
}

describe.skipIf(why !== undefined)('a user namespace that has some ids', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'graphdriver-ids-'));
    linux().mount.mount('ids', pathFromText(directory), 'tmpfs', 0, 'mode=755');
  });
  afterAll(() => {
    linux().mount.umount2(pathFromText(directory), MNT_DETACH);
    rmdirSync(directory);
  });

  function fileOf(name: string, programs: readonly Program[]): string {
    const file = join(directory, name);
    writeFileSync(file, JSON.stringify(programs));
    return file;
  }

  test.each([0, 1])('shows files of others, and lets user %i do with them, as the simulated kernel', async (id) => {
    const cases = fc.sample(mappedCases, { numRuns: 150, seed: fc.readConfigureGlobal().seed ?? Date.now() });
    const place = join(directory, String(id));
    const worlds = cases.map((_, number) => join(place, String(number)));
    mkdirSync(place);
    for (const world of worlds) {
      mkdirSync(world);
      chmodSync(world, 0o777);
    }
    const outside = fileOf(
      'outside.json',
      cases.map(({ outside: program }) => program),
    );
    const [program = '', ...args] = command;
    expect(spawnSync(program, [...args, place, outside, '0'], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    for (const world of worlds) {
      chmodSync(world, 0o777);
      chownSync(world, 0, 0);
    }
    const inside = fileOf(
      'inside.json',
      cases.map(({ inside: program }) => program),
    );
    const { stdout, stderr } = await namespace.run(...([program, ...args] as const), place, inside, String(id));
    expect(stderr).toBe('');
    for (const [number, real] of (JSON.parse(stdout) as readonly (readonly Result[])[]).entries()) {
      const each = cases[number] ?? { outside: [], inside: [] };
      const answers = simulated(each, id);
      const at = firstDifference(answers, real) ?? -1;
      const found = { ...each, call: each.inside[at], real: real[at], simulated: answers[at] };
      expect(at, JSON.stringify(found)).toBe(-1);
    }
  });
});
