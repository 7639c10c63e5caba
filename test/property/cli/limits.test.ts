import { afterEach, beforeEach, expect, test } from 'vitest';
import { tarOf } from '../image/images.ts';
import { MachineUnderTest } from './machine.ts';

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

test('--limit bounds what an archive may ask for', async () => {
  await machine.ok('create', 'base');
  const stdin = await tarOf([{ name: 'file', content: 'here' }]);
  const refused = await machine.run(['apply', 'base', '--limit', 'unpackedBytes=3'], { stdin });
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toContain('(4); the limit unpackedBytes is 3 ("file", byte 0 of the archive)');
  await machine.run(['apply', 'base', '--limit', 'unpackedBytes=4'], { stdin });
  expect(await machine.ok('dump', 'base')).toContain('file');
});

test.each([
  ['members=3', '--limit members=3: there are entries, nameBytes'],
  ['toString=3', '--limit toString=3: there are entries, nameBytes'],
  ['entries', '--limit entries: it is entries=NUMBER'],
  ['entries=-1', '--limit entries=-1: it is entries=NUMBER'],
])('--limit %s is wrong usage', async (limit, message) => {
  const { status, stderr } = await machine.run(['list', '--limit', limit]);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});
