import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { layerId } from '../../../src/core/layer-id.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { homeOf, onMachine, openDriver, overlay2 } from '../../laws/world.ts';
import { readView } from '../../laws/view.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const run = promisify(execFile);
const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: several processes on one home: ${why}`);

const file = { type: 'file', mode: 0o644, owner: '0:0', mtime: 0, content: '', xattrs: {}, names: undefined };

it.skipIf(why !== undefined)('lets several processes hold, create and remove layers at the same time', async () => {
  const world = new LinuxWorld(overlay2());
  try {
    await onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.createFromDiff(
        layerId('base'),
        '',
        archiveOf(new Map([['/bottom', { kind: 'node', node: file, opaque: false }]])),
      );
      await driver.create(layerId('shared'), layerId('base'));
      const worker = (name: string): Promise<unknown> =>
        run(process.execPath, ['--import', 'tsx', `${import.meta.dirname}/worker.ts`, homeOf(machine), name, '30']);
      await Promise.all(['a', 'b', 'c', 'd'].map(worker));
      expect(await driver.list()).toEqual(['base', 'shared']);
      const left = [...readView(machine.host, homeOf(machine)).keys()].filter((path) =>
        /^\/(\.|l\/)|holders|merged/.test(path),
      );
      expect(left).toHaveLength(2);
      await driver.remove(layerId('shared'));
    });
  } finally {
    world.end();
  }
});
