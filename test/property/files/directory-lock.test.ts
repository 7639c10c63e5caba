import { describe, expect, it } from 'vitest';
import { DirectoryLock, LockTimeoutError } from '../../../src/core/files/directory-lock.ts';
import { LOCK_EX, LOCK_UN, O_DIRECTORY, O_RDONLY, SyscallHost, type Host, type Path } from '../../../src/host/index.ts';
import { simHost } from '../../../src/sim/index.ts';

const home = '/home' as Path;

/** A machine on which somebody holds the lock, and on which time passes only while one waits. */
function withHolder(letGoAfter: number): { host: Host; waits: number[] } {
  const host = simHost();
  host.fs.mkdir(home, 0o755);
  const holder = host.fs.open(home, O_RDONLY | O_DIRECTORY);
  host.fs.flock(holder, LOCK_EX);
  const waits: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    if (waits.length === letGoAfter) host.fs.flock(holder, LOCK_UN);
    return Promise.resolve();
  };
  const system = new Proxy(host.system, {
    get: (target, name): unknown => {
      if (name === 'sleep') return sleep;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const waiting = new SyscallHost(host.calls, {
    system,
    procFilesystems: () => host.procFilesystems(),
    mountTable: () => host.mount.table(),
  });
  return { host: waiting, waits };
}

describe('the lock of a directory', () => {
  it('is waited for, longer each time', async () => {
    const { host, waits } = withHolder(9);
    expect(await new DirectoryLock(host, home).run(() => 'done')).toBe('done');
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64]);
  });

  it('is given up after half a minute, and then nothing has been done', async () => {
    const { host, waits } = withHolder(Infinity);
    let done = 0;
    const locked = new DirectoryLock(host, home).run(() => (done += 1));
    await expect(locked).rejects.toThrow(LockTimeoutError);
    await expect(locked).rejects.toThrow(
      /EAGAIN.*\/home.*another process held the lock for 30 s; find it with `lslocks`/,
    );
    const waited = waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeGreaterThanOrEqual(30_000);
    expect(waited).toBeLessThan(30_100);
    expect(done).toBe(0);
  });

  it('is let go when the action throws', async () => {
    const host = simHost();
    host.fs.mkdir(home, 0o755);
    const lock = new DirectoryLock(host, home);
    const failure = new Error('failed');
    await expect(
      lock.run(() => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await lock.run(() => 'free')).toBe('free');
  });
});
