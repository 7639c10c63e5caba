import fc from 'fast-check';
import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { layerId } from '../../src/core/layer-id.ts';
import { fileMember, layer, meaningOf, type Layer, type Member } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { allowedLayer } from './ownership.ts';
import { bytesOf, viewOf } from './stack.ts';
import { readable, readView, withoutDirectoryTimes, type Node, type View } from './view.ts';
import { homeOf, onMachine, openDriver, type Machine, type World } from './world.ts';

/**
 * What the kernel lets root alone do, and what comes of a member that asks for it: the layer is refused; or the attribute is
 * left out with a warning; or the layer is made, and can neither be copied nor written out.
 */
type Fate = 'refused' | 'attribute lost' | 'unreadable';

interface Asking {
  readonly fate: Fate;
  readonly of: Partial<Node>;
  /** Where in the archive the member stands. */
  readonly at: 'first' | 'last';
}

const capability = '0100000200200000000000000000000000000000';

const directory = { type: 'directory', mode: 0o755, content: undefined };
const fifo = { type: 'fifo', content: undefined };
const symlink = { type: 'symlink', mode: 0o777, content: 'a' };

const kind = fc.constantFrom<Partial<Node>>({}, directory, symlink, fifo);
const foreign = fc.tuple(kind, fc.constantFrom('0:0', '100000:65534')).map(([node, owner]) => ({ ...node, owner }));

const of = {
  refused: fc.oneof(
    foreign,
    fc.constantFrom({ type: 'character-device', content: '1:3' }, { type: 'block-device', content: '8:0' }),
  ),
  'attribute lost': fc.constantFrom<Partial<Node>>(
    { xattrs: { 'security.capability': capability } },
    { xattrs: { 'trusted.note': '6869' } },
    { ...fifo, xattrs: { 'user.note': '6869' } },
  ),
  unreadable: fc.constantFrom<Partial<Node>>(
    { mode: 0 },
    { mode: 0o200, xattrs: { 'user.note': '6869' } },
    { ...directory, mode: 0 },
    { ...directory, mode: 0o300 },
  ),
};

const asking: fc.Arbitrary<Asking> = fc
  .constantFrom<Fate>('refused', 'attribute lost', 'unreadable')
  .chain((fate) => fc.record({ fate: fc.constant(fate), of: of[fate], at: fc.constantFrom('first', 'last') }));

const [base, added, child] = [layerId('base'), layerId('added'), layerId('child')];

/**
 * A layer with something that an ordinary user may not have is made without it, or is an error that names it; and then all is
 * as it was before. Whatever was made can be removed.
 */
export function kernelHasTheLastWord(world: World): fc.IAsyncProperty<[Layer, Layer, Asking]> {
  return fc.asyncProperty(layer, layer, asking, (below, drawn, asked) =>
    onMachine(world, async (machine) => {
      const warnings: string[] = [];
      const driver = await openDriver(machine, { warn: (message) => warnings.push(message) });
      await driver.createFromDiff(base, '', archiveOf(allowedLayer(machine, below)));
      const whole = withAsking(machine, allowedLayer(machine, drawn), asked);
      await expectations[asked.fate](machine, driver, whole);
      expect(warnings).toEqual(asked.fate === 'attribute lost' ? [expect.stringMatching(attributeLeftOut)] : []);
      for (const id of [...(await driver.list())].reverse()) await driver.remove(id);
      expect([...readView(machine.host, homeOf(machine)).keys()].sort()).toEqual(machine.driver.emptyHome);
    }),
  );
}

const attributeLeftOut = /the attribute ".*" cannot be set: EPERM.*"asking"/;

/** The layer with the member; in a directory is a file. */
function withAsking(machine: Machine, own: Layer, { of: asked, at }: Asking): Layer {
  const file = allowedLayer(machine, new Map([['/asking', fileMember('x')]])).get('/asking');
  if (file?.kind !== 'node') throw new Error('a file is a node');
  const member: Member = { ...file, node: { ...file.node, ...asked } };
  const members: readonly [string, Member][] =
    asked.type === 'directory'
      ? [
          ['/asking', member],
          ['/asking/file', file],
        ]
      : [['/asking', member]];
  return new Map(at === 'first' ? [...members, ...own] : [...own, ...members]);
}

const expectations: Readonly<Record<Fate, (machine: Machine, driver: Driver, whole: Layer) => Promise<void>>> = {
  refused: async (machine, driver, whole) => {
    const refusal = { name: 'ArchiveError', code: 'EPERM', entry: expect.stringMatching(/^asking\/?$/) as unknown };
    await failsCleanly(machine, () => driver.createFromDiff(added, base, archiveOf(whole)), refusal);
    await driver.create(added, base);
    await failsCleanly(machine, () => driver.applyDiff(added, base, archiveOf(whole)), refusal);
  },
  'attribute lost': async (machine, driver, whole) => {
    await driver.createFromDiff(added, '', archiveOf(whole));
    await showsMeaning(machine, driver, whole);
  },
  unreadable: async (machine, driver, whole) => {
    await driver.createFromDiff(added, '', archiveOf(whole));
    await showsMeaning(machine, driver, whole);
    const denial = { code: 'EACCES', message: expect.stringContaining('asking') as unknown };
    await failsCleanly(machine, () => driver.create(child, added), denial);
    await failsCleanly(machine, async () => bytesOf(await driver.diff(added, '')), denial);
  },
};

async function failsCleanly(machine: Machine, action: () => Promise<unknown>, error: object): Promise<void> {
  const before = readView(machine.host, machine.directory);
  await expect(action()).rejects.toMatchObject(error);
  expect(withoutDirectoryTimes(readView(machine.host, machine.directory))).toEqual(withoutDirectoryTimes(before));
}

/** All is there but what cannot be read or had. */
async function showsMeaning(machine: Machine, driver: Driver, whole: Layer): Promise<void> {
  const seen = await viewOf(machine.host, driver, added);
  const root = seen.get('/');
  if (root === undefined) throw new Error('a view without a root');
  expect(readable(seen)).toEqual(readable(asSeen(meaningOf([whole], root))));
}

function asSeen(meant: View): View {
  const seen = new Map(meant);
  const asked = seen.get('/asking');
  if (asked === undefined) return seen;
  const hidden = (asked.mode & 0o400) === 0;
  if (hidden) seen.delete('/asking/file');
  seen.set('/asking', { ...asked, xattrs: {}, content: hidden ? undefined : asked.content });
  return seen;
}
