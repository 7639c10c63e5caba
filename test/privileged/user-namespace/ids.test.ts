import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mappedCases, simulated } from '../../property/sim/differential/mapped-ids.ts';
import { firstDifference } from '../../property/sim/differential/run-program.ts';
import { whyNoMounts } from '../linux-world.ts';
import { answersHere, namespace } from './mapped-programs.ts';

// The simulator against this kernel, in user namespaces that have some ids and not others.

const why = whyNoMounts() ?? namespace.why();
if (why !== undefined) console.warn(`SKIPPED: a user namespace with some ids: ${why}`);

describe.skipIf(why !== undefined)('a user namespace that has some ids', () => {
  test.each([0, 1])('shows files of others, and lets user %i do with them, as the simulated kernel', async (id) => {
    const cases = fc.sample(mappedCases, { numRuns: 150, seed: fc.readConfigureGlobal().seed ?? Date.now() });
    for (const [number, real] of (await answersHere(cases, id)).entries()) {
      const each = cases[number] ?? { outside: [], inside: [] };
      const answers = simulated(each, id);
      const at = firstDifference(answers, real) ?? -1;
      const found = { ...each, call: each.inside[at], real: real[at], simulated: answers[at] };
      expect(at, JSON.stringify(found)).toBe(-1);
    }
  });
});

describe.skipIf(why !== undefined)('a user namespace', () => {
  // As the simulator, in test/property/sim/user-namespace.test.ts.
  test('is not made in a chroot', () => {
    const script =
      'mount -t tmpfs t /mnt && mkdir /mnt/r && mount --rbind / /mnt/r && exec chroot /mnt/r unshare -U true';
    const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' });
    expect(stderr).toContain('Operation not permitted');
    expect(status).toBe(1);
  });
});
