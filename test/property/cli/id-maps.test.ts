import { afterEach, beforeEach, expect, test } from 'vitest';
import { tarOf } from '../image/images.ts';
import { MachineUnderTest } from './machine.ts';
import { rowsOf } from './tricky.ts';

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

const maps = ['--uidmap', '0:100000:1000', '--uidmap', '1000:500000:10', '--gidmap', '0:200000:65536'];
const file = (uid: number): Promise<Buffer> => tarOf([{ name: 'file', content: 'here', uid, gid: 7 }]);

test('--uidmap and --gidmap shift what is on disk, in a root of their own', async () => {
  await machine.ok('create', 'base', ...maps);
  await machine.run(['apply', 'base', ...maps], { stdin: await file(1001) });
  const [, row] = rowsOf(await machine.ok('dump', 'base', '--raw', ...maps));
  expect(row).toMatchObject({ path: 'file', uid: 500_001, gid: 200_007 });
  expect(await machine.json('list', ...maps)).toHaveLength(1);
  expect(await machine.json('list')).toEqual([]);

  const refused = await machine.run(['apply', 'base', ...maps], { stdin: await file(1010) });
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toContain(
    'refused: Container ID 1010 cannot be mapped to a host ID ("file", byte 0 of the archive)',
  );
});

test.each([
  [['--uidmap', '0:1'], '--uidmap: "0:1" is not CONTAINER:HOST:SIZE'],
  [['--gidmap', '0:1:0'], '--gidmap: 0:1:0 is no range of ids'],
  [['--uidmap', '0:1:5', '--uidmap', '4:9:1'], '--uidmap: the id ranges 0:1:5 and 4:9:1 overlap'],
  [['--uidmap', '1:1:5'], '--uidmap and --gidmap must map root: Container ID 0 cannot be mapped to a host ID'],
])('%j is wrong usage', async (options, message) => {
  const { status, stderr } = await machine.run(['list', ...options]);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});
