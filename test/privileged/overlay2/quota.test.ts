import { spawnSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initOverlay2 } from '../../../src/core/overlay2/init.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { join, pathFromText } from '../../../src/host/index.ts';
import { diffsAreLimited, enforcements, layersAreLimited, makingTakesRoom } from '../../laws/quota.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2, type World } from '../../laws/world.ts';
import { Scratch } from '../cli/binary.ts';
import { whyNoMounts } from '../linux-world.ts';

// Disks in files, made with what quotas of projects need; a kernel without them cannot mount those.

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: quotas on this kernel: ${why}`);

const kinds = [
  { type: 'ext4', make: ['-q', '-O', 'quota,project', '-E', 'quotatype=prjquota'], plain: ['-q'] },
  { type: 'xfs', make: ['-q'], plain: ['-q'] },
] as const;

describe.skipIf(why !== undefined).each(kinds)('layers on $type', ({ type, make, plain }) => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => {
    scratch.end();
  });

  /** Answers why the disk cannot be made or mounted, or `undefined`. */
  function mountDisk(options: readonly string[], mountOptions: string): string | undefined {
    const [image, disk] = [scratch.path('image'), scratch.make('disk')];
    writeFileSync(image, '');
    truncateSync(image, 320 << 20);
    for (const command of [
      [`mkfs.${type}`, ...options, image],
      ['mount', '-o', mountOptions, image, disk],
    ]) {
      const [program = '', ...args] = command;
      const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      if (error !== undefined || status !== 0) return error?.message ?? stderr.trim();
    }
    return undefined;
  }

  it.for([overlay2(), vfs])(
    'are limited by $name where it is mounted with quotas of projects',
    async (driver, { skip }) => {
      const missing = mountDisk(make, 'loop,prjquota');
      if (missing !== undefined) {
        console.warn(`SKIPPED: quotas of projects on ${type}: ${missing}`);
        skip();
      }
      const result = linuxHost();
      if (!result.ok) throw new Error(result.reason);
      const { host } = result;
      let machines = 0;
      const world: World = {
        start: () => {
          machines += 1;
          const directory = pathFromText(scratch.path('disk', String(machines)));
          host.fs.mkdir(directory, 0o755);
          return { host, directory, driver, discard: () => undefined };
        },
      };
      await layersAreLimited(world, enforcements[type]);
      await diffsAreLimited(world, enforcements[type]);
      await makingTakesRoom(world, enforcements[type]);
    },
  );

  it('are refused a size in the words of Docker where it is mounted without', async ({ skip }) => {
    const missing = mountDisk(plain, 'loop');
    if (missing !== undefined) {
      console.warn(`SKIPPED: ${type} without quotas: ${missing}`);
      skip();
    }
    const result = linuxHost();
    if (!result.ok) throw new Error(result.reason);
    const home = join(pathFromText(scratch.path('disk')), 'overlay2');
    const options = ['overlay2.size=10G'];
    const opening = initOverlay2({ host: result.host, home, options, durability: 'none', warn: () => undefined });
    await expect(opening).rejects.toThrow(
      /^Storage option overlay2\.size not supported\. Filesystem does not support Project Quota: Filesystem does not support, or has not enabled quotas$/,
    );
    expect(result.host.fs.lstatIfExists(join(home, 'backingFsBlockDev'))).toBeUndefined();
  });
});
