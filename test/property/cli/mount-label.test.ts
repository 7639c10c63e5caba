import { afterEach, beforeEach, expect, test } from 'vitest';
import { MachineUnderTest } from './machine.ts';

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

test('--mount-label goes to the mount, and one that no page takes is refused when the layer is created', async () => {
  await machine.ok('create', 'base');
  const label = 'l'.repeat(5000);
  const refused = await machine.run(['create', 'c', '--parent', 'base', '--read-write', '--mount-label', label]);
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toContain('cannot mount layer, mount label too large');
  expect(await machine.json('list')).toHaveLength(1);

  await machine.ok('create', 'c', '--parent', 'base', '--read-write', '--mount-label', 's0:c1,c2');
  // The simulated kernel has no SELinux, as the real one without it: overlay does not know the option.
  const mounted = await machine.run(['mount', 'c', '--mount-label', 's0:c1,c2']);
  expect(mounted).toMatchObject({ status: 1 });
  expect(mounted.stderr).toContain('error creating overlay mount to');
  expect(await machine.ok('mount', 'c')).toMatch(/\/c\/merged\n$/);
});
