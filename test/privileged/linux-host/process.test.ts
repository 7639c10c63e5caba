import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AT_FDCWD, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, O_CREAT, O_RDWR } from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { mountedScratch, realHost, whyNoMounts } from './mounted-scratch.ts';

describe.skipIf(whyNoMounts !== undefined)('locks and ids on the Linux host', () => {
  const scratch = mountedScratch();

  it('locks between open files', () => {
    const { fs } = realHost();
    const one = fs.open(scratch.path('lock'), O_CREAT | O_RDWR, 0o600);
    const two = fs.open(scratch.path('lock'), O_RDWR);
    expect(fs.flock(one, LOCK_SH)).toBe(true);
    expect(fs.flock(two, LOCK_SH | LOCK_NB)).toBe(true);
    expect(fs.flock(two, LOCK_EX | LOCK_NB)).toBe(false);
    expect(fs.flock(one, LOCK_UN)).toBe(true);
    expect(fs.flock(two, LOCK_EX | LOCK_NB)).toBe(true);
    expect(fs.flock(one, LOCK_SH | LOCK_NB)).toBe(false);
    fs.close(two);
    expect(fs.flock(one, LOCK_EX | LOCK_NB)).toBe(true);
    fs.close(one);
  });

  it('locks between processes, until the other one dies', async () => {
    const { fs } = realHost();
    const fd = fs.open(scratch.path('shared-lock'), O_CREAT | O_RDWR, 0o600);
    const other = spawn('flock', [scratch.path('shared-lock'), 'sh', '-c', 'echo held; exec cat'], { detached: true });
    await once(other.stdout, 'data');
    expect(fs.flock(fd, LOCK_EX | LOCK_NB)).toBe(false);
    // The whole group: the command that flock(1) runs has inherited its open file.
    process.kill(-Number(other.pid), 'SIGKILL');
    await once(other, 'exit');
    expect(fs.flock(fd, LOCK_EX)).toBe(true);
    fs.close(fd);
  });

  it('changes the ids of this thread alone', async () => {
    const { calls } = realHost();
    const dir = scratch.path();
    expect(calls.setresgid(-1, 1234, -1)).toBe(0);
    expect(calls.setresuid(-1, 1234, -1)).toBe(0);
    try {
      expect([calls.getuid(), calls.geteuid(), calls.getgid(), calls.getegid()]).toEqual([0, 1234, 0, 1234]);
      expect(calls.mkdirat(AT_FDCWD, `${dir}/mine`, 0o755)).toBe(-errno.EACCES);
      expect(() => {
        mkdirSync(`${dir}/sync`);
      }).toThrow(/EACCES/);
      expect(realHost().system.credentials()).toEqual({ uid: 1234, gid: 1234 });
      expect(calls.chroot('/')).toBe(-errno.EPERM);
      await mkdir(`${dir}/by-the-pool`);
    } finally {
      expect(calls.setresuid(-1, 0, -1)).toBe(0);
      expect(calls.setresgid(-1, 0, -1)).toBe(0);
    }
    expect(calls.mkdirat(AT_FDCWD, `${dir}/mine`, 0o755)).toBe(0);
  });
});
