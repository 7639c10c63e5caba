import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linuxHost } from '../../../src/host/linux/index.ts';
import type { ReplayTarget } from '../../../src/oracle/target.ts';
import { targetNamed } from '../../../src/oracle/targets.ts';
import { programs } from '../../property/sim/differential/arbitrary.ts';
import type { Program } from '../../property/sim/differential/program.ts';
import { regressions } from '../../property/sim/differential/regressions.ts';
import { whyNoMounts } from '../linux-world.ts';
import { disagreement } from './two-kernels.ts';

const reason = whyNoMounts();
if (reason !== undefined) console.warn(`SKIPPED: the simulator against the kernel, as root: ${reason}`);

/** Longer than any tick of a kernel's clock. */
const tickMs = 11;

/** Waits without giving up the thread, which is another process's meanwhile. */
function passTick(): void {
  const end = performance.now() + tickMs;
  while (performance.now() < end);
}

describe.skipIf(reason !== undefined)('the simulator and the running kernel', () => {
  // It takes this thread, which runs nothing but this file.
  let kernel: ReplayTarget;
  beforeAll(async () => {
    kernel = await targetNamed('linux');
  });
  afterAll(() => {
    kernel.close();
  });

  it.each(regressions)('agree on it: $name', ({ program }) => {
    expect(disagreement(kernel, program, 1)).toBeUndefined();
  });

  it('answer root and two users alike', () => {
    fc.assert(
      fc.property(programs({ chroot: true, actors: 3, maxLength: 100 }), (program) => {
        expect(disagreement(kernel, program, 3)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it('answer one process alike, whoever opened what it links', () => {
    fc.assert(
      fc.property(programs({ chroot: true, actors: 1, maxLength: 100 }), (program) => {
        expect(disagreement(kernel, program, 1)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('answer alike while filesystems come, fill up and go', () => {
    fc.assert(
      fc.property(programs({ chroot: true, actors: 2, maxLength: 100, mounts: true }), (program) => {
        expect(disagreement(kernel, program, 2, { inodes: 'ignored' })).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it('let go of a mount that a process has left', () => {
    const program: Program = [
      { op: 'mkdir', path: 'm', mode: 0o755 },
      { op: 'mount', source: 's', path: 'm', type: 'tmpfs', flags: 0, data: '' },
      { op: 'chdir', path: 'm' },
      { op: 'as', who: 1 },
      { op: 'getcwd' },
      { op: 'as', who: 0 },
      { op: 'chdir', path: '/' },
      { op: 'umount', path: 'm', flags: 0 },
    ];
    expect(disagreement(kernel, program, 2)).toBeUndefined();
  });

  it('leave no mount behind, also where one was made over the root', () => {
    const table = (): unknown => {
      const result = linuxHost();
      return result.ok ? result.host.mount.table().map(({ target, type }) => [target, type]) : result.reason;
    };
    const before = table();
    const mount = { op: 'mount', source: 's', path: '/', type: 'tmpfs', flags: 0, data: '' } as const;
    expect(disagreement(kernel, [mount, mount], 1, { inodes: 'ignored' })).toBeUndefined();
    expect(table()).toEqual(before);
  });

  it('change the same times, where the clock has ticked between any two calls', () => {
    fc.assert(
      fc.property(programs({ chroot: true, actors: 1, maxLength: 40 }), (program) => {
        expect(disagreement(kernel, program, 1, { accessTimes: 'compared', pause: passTick })).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});
