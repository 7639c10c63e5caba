import { expect, it } from 'vitest';
import { AT_FDCWD, O_DIRECTORY } from '../../../src/host/constants.ts';
import { PATH_MAX } from '../../../src/host/path.ts';
import { dumpTree } from '../../../src/oracle/dump.ts';
import { Session } from '../../../src/oracle/session.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';

it('describes what can be reached by its whole path, as traces are written', () => {
  const session = new Session(new SimTarget().boot(), {
    header: { t: 'file', suite: 'random' },
    persistentIno: true,
  });
  const { calls } = session.host;
  const name = 'd'.repeat(250);
  let parent = AT_FDCWD;
  for (const each of ['/top', ...Array<string>(18).fill(name)]) {
    calls.mkdirat(parent, each, 0o755);
    parent = calls.openat(parent, each, O_DIRECTORY, 0);
  }
  const dumped = [...dumpTree(session, { what: 'merged', at: '/top' })];
  const [last, ...others] = dumped.reverse();
  expect(others).toHaveLength(1 + Math.floor((PATH_MAX - 1 - '/top'.length) / `/${name}`.length));
  expect(others.every(([, entry]) => entry.type === 'dir')).toBe(true);
  expect(last?.[1]).toEqual({ e: 'ENAMETOOLONG' });
});
