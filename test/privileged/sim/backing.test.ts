import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { MNT_DETACH, pathFromText, type SyscallHost } from '../../../src/host/index.ts';
import { mountFreshDisk } from '../../../src/oracle/disk.ts';
import type { DiskFilesystem } from '../../../src/oracle/names.ts';
import { recordTrace, fileHeader, traceFile } from '../../../src/oracle/record/record.ts';
import { replayTrace } from '../../../src/oracle/replay.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';
import { targetNamed } from '../../../src/oracle/targets.ts';
import { linux618, simHost } from '../../../src/sim/index.ts';
import { factsOf } from '../../laws/backing-filesystem.ts';
import { traceFiles, tracesOf } from '../../property/oracle/files.ts';
import { whyNoMounts, whyNotImitated } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: filesystems of disks on this kernel: ${why}`);

const disks = ['ext4', 'xfs', 'btrfs'] as const;
const files = traceFiles();

function linux(): SyscallHost {
  const result = linuxHost();
  if (!result.ok) throw new Error(result.reason);
  return result.host;
}

describe.skipIf(why !== undefined)('filesystems of disks', () => {
  let directory = '';
  const refused = new Map<DiskFilesystem, string>();
  beforeAll(() => {
    directory = mkdtempSync(`${tmpdir()}/graphdriver-disks-`);
    linux().mount.mount('disks', pathFromText(directory), 'tmpfs', 0, 'mode=755');
    for (const type of disks) {
      mkdirSync(`${directory}/${type}`);
      try {
        mountFreshDisk(type, `${directory}/${type}.disk`, `${directory}/${type}`);
      } catch (error) {
        refused.set(type, String(error));
      }
    }
  });
  afterAll(() => {
    linux().mount.umount2(pathFromText(directory), MNT_DETACH);
    rmdirSync(directory);
  });

  /** Skips, loudly, what needs a filesystem that this machine cannot make or mount. */
  function needs(type: DiskFilesystem, skip: () => void): void {
    const reason = refused.get(type);
    if (reason === undefined) return;
    console.warn(`SKIPPED: ${type} on this machine: ${reason}`);
    skip();
  }

  test.for(disks)('%s answers as the simulated one', (type, { skip }) => {
    needs(type, skip);
    const place = `${directory}/${type}`;
    const facts = factsOf(linux(), pathFromText(place));
    linux().mount.umount2(pathFromText(place), 0);
    const simulated = simHost({ profile: { ...linux618, rootFilesystem: { type, options: '' } } });
    simulated.fs.mkdir(pathFromText('/x'), 0o755);
    const expected = factsOf(simulated, pathFromText('/x'));
    // A thread of its own decides when xfs gives a number again.
    expect(facts).toEqual(type === 'xfs' ? { ...expected, numbersReturn: facts.numbersReturn } : expected);
  });

  // Last: it takes this thread.
  test('traces of overlays on them replay on the simulator', async ({ skip }) => {
    const otherKernel = whyNotImitated();
    if (otherKernel !== undefined) {
      console.warn(`SKIPPED: traces of overlays on filesystems of disks: ${otherKernel}`);
      skip();
    }
    const kinds = ['ext4', 'btrfs'] as const;
    for (const type of kinds) needs(type, skip);
    const kernel = await targetNamed('linux');
    const written = kinds.map((filesystem) => {
      const lines = [11, 12].flatMap((seed) =>
        recordTrace(kernel, { group: 'all-on', seed, ops: 80, filesystem, layout: 'same' }),
      );
      const header = fileHeader({ group: 'all-on', filesystem }, kernel.kernel, 2);
      return files.write(`random-${filesystem}.jsonl.gz`, traceFile([header, ...lines]));
    });
    kernel.close();
    const traces = (await Promise.all(written.map((file) => tracesOf(file)))).flat();
    expect(traces).toHaveLength(4);
    expect(traces.flatMap((trace) => replayTrace(trace, new SimTarget()).divergences)).toEqual([]);
  });
});
