import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { realHost, whyNoHost } from './real-host.ts';

describe.skipIf(whyNoHost !== undefined)('the system of the Linux host', () => {
  it('tells the time in nanoseconds', () => {
    const { system } = realHost();
    const [before, now, after] = [Date.now(), system.now(), Date.now()];
    const milliseconds = now.sec * 1000 + now.nsec / 1e6;
    expect(milliseconds).toBeGreaterThanOrEqual(before);
    expect(milliseconds).toBeLessThan(after + 1);
    const fractions = Array.from({ length: 100 }, () => system.now().nsec % 1000);
    expect(new Set(fractions).size).toBeGreaterThan(1);
  });

  it('never sleeps less than asked', async () => {
    for (const milliseconds of [0, 0.5, 1, 1.5, 3]) {
      const start = performance.now();
      await realHost().system.sleep(milliseconds);
      expect(performance.now() - start).toBeGreaterThanOrEqual(milliseconds);
    }
  });

  it('knows the machine and the process', () => {
    const { system } = realHost();
    expect(system.bootId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(system.kernelRelease()).toBe(readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim());
    expect(Math.log2(system.pageSize()) % 1).toBe(0);
    expect(system.pageSize()).toBeGreaterThanOrEqual(4096);
    expect(system.credentials()).toEqual({ uid: process.geteuid?.(), gid: process.getegid?.() });
    expect(system.environment('PATH')).toBe(process.env.PATH);
    expect(system.environment('GRAPHDRIVER_NO_SUCH_VARIABLE')).toBeUndefined();
    expect(system.moduleParameter('graphdriver', 'none')).toBeUndefined();
    expect(system.randomBytes(16)).toHaveLength(16);
    expect(system.randomBytes(16)).not.toEqual(system.randomBytes(16));
    expect(
      system
        .randomBytes(100_000)
        .subarray(-64)
        .some((byte) => byte !== 0),
    ).toBe(true);
    const firstNamespace = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'));
    expect(system.inUserNamespace()).toBe(!firstNamespace);
  });

  it('sets the umask and answers the one before', () => {
    const { system } = realHost();
    const before = system.umask(0o027);
    try {
      expect(readFileSync('/proc/self/status', 'latin1')).toContain('Umask:\t0027\n');
    } finally {
      expect(system.umask(before)).toBe(0o027);
    }
    expect(system.umask(before)).toBe(before);
  });

  it('reads the mount table and the filesystems of the kernel', () => {
    const host = realHost();
    expect(host.procFilesystems()).toContain('\tproc\n');
    const proc = host.mount.table().find((entry) => entry.target === '/proc');
    expect(proc).toMatchObject({ type: 'proc', root: '/' });
    expect(host.mount.table().length).toBe(readFileSync('/proc/self/mountinfo', 'latin1').split('\n').length - 1);
  });
});
