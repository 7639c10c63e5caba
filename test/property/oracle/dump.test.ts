import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_WRONLY } from '../../../src/host/constants.ts';
import { PATH_MAX } from '../../../src/host/path.ts';
import { dumpTree } from '../../../src/oracle/dump.ts';
import { Session } from '../../../src/oracle/session.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';

const boot = (): Session =>
  new Session(new SimTarget().boot(), { header: { t: 'file', suite: 'random' }, persistentIno: true });

it.each([0, 256, 257, (1 << 20) - 1, 1 << 20, (2 << 20) + 1])('digests a file of %i bytes', (size) => {
  const session = boot();
  const { calls } = session.host;
  const bytes = Buffer.alloc(size, 'content');
  const fd = calls.openat(AT_FDCWD, '/file', O_CREAT | O_WRONLY, 0o644);
  calls.write(fd, bytes);
  const { data } = dumpTree(session, { what: 'merged', at: '/file' }).get('.') ?? {};
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(data).toEqual(size <= 256 ? bytes.toString() : { sha256, len: size });
});

it('describes what can be reached by its whole path, as traces are written', () => {
  const session = boot();
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
