import fc from 'fast-check';
import { describe, it } from 'vitest';
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
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

/** A program with four drivers takes some hundred milliseconds. */
const numRuns = fc.readConfigureGlobal().numRuns ?? 6;

const worlds = {
  overlay2: new SimWorld(overlay2()),
  overlay: new SimWorld(overlay),
  aufs: new AufsWorld(),
  vfs: new SimWorld(vfs),
};

describe('one program, four drivers, on the simulator', () => {
  it('gives equal results', () => fc.assert(driversAgree(Object.values(worlds)), { numRuns }));
});

describe('where drivers differ by nature, on the simulator', () => {
  const all = ['overlay2', 'overlay', 'aufs', 'vfs'] as const;

  it.each(all)('%s answers to the rename of a directory below as it must', (name) =>
    renamesBelow(worlds[name], natures[name]),
  );
  it.each(all)('%s keeps or splits hard links', (name) => splitsHardLinks(worlds[name], natures[name]));
  it.each(all)('%s counts symlinks or not', (name) => countsSymlinks(worlds[name], natures[name]));
  it.each(['overlay', 'vfs'] as const)('%s shares or copies unchanged files', (name) =>
    sharesUnchangedFiles(worlds[name], natures[name]),
  );
  it.each(['overlay2', 'overlay', 'vfs'] as const)('%s lets a parent be edited or not', (name) =>
    editsBelow(worlds[name], natures[name]),
  );
});

describe.each(['overlay2', 'aufs'] as const)('the diffs of %s, on the simulator', (name) => {
  it('are the naive ones', () => fc.assert(nativeIsNaive(worlds[name]), { numRuns }));
});
