import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { nativeIsNaive } from '../../laws/native-diff.ts';
import { overlay } from '../../laws/overlay.ts';
import { driversAgree } from '../../laws/programs.ts';
import { vfs } from '../../laws/vfs.ts';
import {
  countsSymlinks,
  editsBelow,
  natures,
  renamesBelow,
  sharesUnchangedFiles,
  splitsHardLinks,
} from '../../laws/witnesses.ts';
import { overlay2 } from '../../laws/world.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: one program with several drivers on this kernel: ${why}`);

const numRuns = fc.readConfigureGlobal().numRuns ?? 25;

describe.skipIf(why !== undefined)('one program, three drivers, on this kernel', () => {
  let worlds: { readonly overlay2: LinuxWorld; readonly overlay: LinuxWorld; readonly vfs: LinuxWorld };
  const all = ['overlay2', 'overlay', 'vfs'] as const;

  beforeAll(() => {
    worlds = {
      overlay2: new LinuxWorld(overlay2()),
      overlay: new LinuxWorld(overlay),
      vfs: new LinuxWorld(vfs),
    };
  });

  afterAll(() => {
    for (const world of Object.values(worlds)) world.end();
  });

  it('gives equal results', () => fc.assert(driversAgree(Object.values(worlds)), { numRuns }));
  it('gives the diffs of overlay2 that the naive differ gives', () =>
    fc.assert(nativeIsNaive(worlds.overlay2), { numRuns }));

  it.each(all)('%s answers to the rename of a directory below as it must', (name) =>
    renamesBelow(worlds[name], natures[name]),
  );
  it.each(all)('%s keeps or splits hard links', (name) => splitsHardLinks(worlds[name], natures[name]));
  it.each(all)('%s counts symlinks or not', (name) => countsSymlinks(worlds[name], natures[name]));
  it.each(['overlay', 'vfs'] as const)('%s shares or copies unchanged files', (name) =>
    sharesUnchangedFiles(worlds[name], natures[name]),
  );
  it.each(all)('%s lets a parent be edited or not', (name) => editsBelow(worlds[name], natures[name]));
});
