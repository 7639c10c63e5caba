import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../../src/core/errors.ts';
import { aufs } from '../../laws/aufs.ts';
import { homeOf, initDriver, onMachine } from '../../laws/world.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: aufs on this kernel: ${why}`);

describe.skipIf(why !== undefined)('aufs, on this kernel', () => {
  let world: LinuxWorld;

  beforeAll(() => {
    world = new LinuxWorld(aufs);
  });

  afterAll(() => {
    world.end();
  });

  it('is not supported where the kernel has none, and leaves nothing', async ({ skip }) => {
    await onMachine(world, async (machine) => {
      if (machine.host.procFilesystems().includes('aufs')) skip('this kernel has aufs');
      const opening = initDriver(machine, () => undefined);
      await expect(opening).rejects.toBeInstanceOf(NotSupportedError);
      await expect(opening).rejects.toThrow(/^AUFS was not found in \/proc\/filesystems$/);
      expect(machine.host.fs.lstatIfExists(homeOf(machine))).toBeUndefined();
    });
  });
});
