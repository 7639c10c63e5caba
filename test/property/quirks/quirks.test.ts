import { describe, expect, it } from 'vitest';
import { layerId } from '../../../src/core/layer-id.ts';
import { quirkProfiles, quirksNamed, type Quirk } from '../../../src/core/quirks.ts';
import { overlay } from '../../laws/overlay.ts';
import { streamOf } from '../../laws/stack.ts';
import { inTree } from '../../laws/view.ts';
import { onMachine, openDriver } from '../../laws/world.ts';
import { graphdriver } from '../cli/command-line.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

/** The mode of a parent's file after a layer with a hard link to it, of another mode, was made. */
function parentsMode(...quirks: readonly Quirk[]): Promise<number> {
  return onMachine(new SimWorld(overlay), async (machine) => {
    const driver = await openDriver(machine, { quirks: new Set(quirks) });
    const base = layerId('base');
    await driver.createFromDiff(base, '', streamOf(await tarOf([{ name: 'file', content: 'x', mode: 0o644 }])));
    const link = { name: 'name', type: 'link' as const, linkname: 'file', mode: 0o600 };
    await driver.createFromDiff(layerId('child'), base, streamOf(await tarOf([link])));
    const mode = machine.host.fs.lstat(inTree(await driver.get(base), '/file')).permissions;
    await driver.put(base);
    return mode;
  });
}

describe('quirks', () => {
  it('write-through-links changes the parent of a layer with a hard link', async () => {
    expect(await parentsMode()).toBe(0o644);
    expect(await parentsMode('write-through-links')).toBe(0o600);
  });

  it('are named one by one or by a release', () => {
    expect(quirksNamed([])).toEqual([]);
    expect(quirksNamed(['moby', 'bare-root', 'docker-20.10', 'bare-root'])).toEqual([
      'bare-root',
      'write-through-links',
    ]);
    expect(quirksNamed(['docker-1.10'])).toEqual(quirkProfiles['docker-1.10']);
    expect(() => quirksNamed(['toString'])).toThrow(/^there is no quirk "toString"; there are ignore-prior-state, /);
  });

  it('are taken by the command, which refuses other names', async () => {
    expect(
      await graphdriver(['--host', 'sim', '--quirk', 'docker-1.10', '--quirk', 'bare-root', 'status']),
    ).toMatchObject({
      status: 0,
    });
    const refused = await graphdriver(['--host', 'sim', '--quirk', 'nosuch', 'status']);
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toContain('--quirk: there is no quirk "nosuch"');
  });
});
