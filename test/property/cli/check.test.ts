import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { join, type Path } from '../../../src/host/index.ts';
import { SimHost, SimMachine } from '../../../src/sim/index.ts';
import { MachineUnderTest } from './machine.ts';

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

const root = '/var/lib/graphdriver' as Path;
const header = 'graphdriver machine 2\n';

/** Does something to the machine behind the driver's back. */
function tamper(action: (fs: SimHost['fs']) => void): void {
  const simulated = SimMachine.fromText(readFileSync(machine.file, 'utf8').slice(header.length));
  action(new SimHost(simulated).fs);
  writeFileSync(machine.file, header + simulated.toText());
}

test('finds, changes nothing, mends, and says each', async () => {
  expect(await machine.ok('check')).toBe('no driver has layers here\n');
  await machine.ok('create', 'base', '--driver', 'overlay2');
  await machine.ok('create', 'copy', '--driver', 'vfs');
  expect(await machine.ok('check')).toBe('overlay2: nothing is wrong\nvfs: nothing is wrong\n');
  tamper((fs) => {
    fs.unlink(join(root, 'overlay2/base/link'));
    fs.mkdir(join(root, 'overlay2/l/x'), 0o700);
    fs.mkdir(join(root, 'vfs/dir/.removing-x'), 0o700);
  });
  const before = readFileSync(machine.file);
  const found = await machine.run(['check']);
  expect(found.status).toBe(1);
  expect(found.stdout.split('\n').map((line) => line.replace(/[A-Z2-7]{26}/, 'NAME'))).toEqual([
    '/var/lib/graphdriver/overlay2/l/x: it is no symlink to a layer',
    '/var/lib/graphdriver/overlay2/base/link: the layer’s name in `l/` is not in it (--repair: write NAME, by which it is known, into it)',
    '/var/lib/graphdriver/vfs/dir/.removing-x: a removal was cut short, or is under way (--repair: remove it)',
    '',
  ]);
  expect(readFileSync(machine.file).equals(before)).toBe(true);
  const mended = await machine.run(['check', '--repair', '--json']);
  expect(mended.status).toBe(1);
  const rows = JSON.parse(mended.stdout) as readonly { readonly kind: string; readonly mended: boolean }[];
  expect(rows.map(({ kind, mended }) => [kind, mended])).toEqual([
    ['link', true],
    ['stray', false],
    ['leftover', true],
  ]);
  expect((await machine.run(['check', '--driver', 'vfs'])).status).toBe(0);
  expect((await machine.run(['check'])).stdout).toBe(
    '/var/lib/graphdriver/overlay2/l/x: it is no symlink to a layer\nvfs: nothing is wrong\n',
  );
});

test('of a driver that has nothing there is wrong usage', async () => {
  await machine.ok('create', 'copy', '--driver', 'vfs');
  const { status, stderr } = await machine.run(['check', '--driver', 'aufs']);
  expect({ status, stderr }).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('nothing of it below') as string,
  });
});
