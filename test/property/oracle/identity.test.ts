import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentityClasses } from '../../../src/oracle/identity.ts';

describe('classes of devices and inodes', () => {
  it('number by first appearance, and the mounted filesystem is device 0', () => {
    const identity = new IdentityClasses(true);
    identity.mounted(40);
    expect([50, 40, 60, 50].map((device) => identity.device(device))).toEqual([1, 0, 2, 1]);
    expect([7n, 9n, 7n].map((ino) => identity.inode(40, ino, false))).toEqual([0, 1, 0]);
    expect(identity.inode(50, 7n, false)).toBe(2);
  });

  it('keep persistent inodes over a mount and begin the others anew', () => {
    const identity = new IdentityClasses(true);
    identity.mounted(40);
    expect([identity.inode(40, 7n, true), identity.inode(50, 7n, false)]).toEqual([0, 1]);
    identity.mounted(41);
    expect([identity.inode(50, 7n, false), identity.inode(41, 7n, true)]).toEqual([2, 0]);
  });

  it('say nothing of directories where numbers do not persist', () => {
    const identity = new IdentityClasses(false);
    identity.mounted(40);
    expect(identity.inode(40, 7n, true)).toBeNull();
    expect(identity.inode(40, 7n, false)).toBe(0);
    expect(identity.entry(40, 7n)).toBeUndefined();
    expect(identity.entry(40, 0n)).toBeNull();
  });

  it('tell large inode numbers apart', () => {
    const identity = new IdentityClasses(true);
    identity.mounted(40);
    expect(identity.inode(40, 2n ** 63n, false)).not.toBe(identity.inode(40, 2n ** 63n + 1n, false));
  });

  it('are the same for kernels that number differently', () => {
    const stats = fc.array(fc.record({ device: fc.nat(3), ino: fc.nat(5), directory: fc.boolean() }));
    const renumbered = fc.uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(stats, renumbered, fc.boolean(), (seen, numbers, persistent) => {
        const one = new IdentityClasses(persistent);
        const other = new IdentityClasses(persistent);
        one.mounted(0);
        other.mounted(100);
        for (const { device, ino, directory } of seen) {
          expect(one.device(device)).toBe(other.device(device + 100));
          expect(one.inode(device, BigInt(ino), directory)).toBe(
            other.inode(device + 100, numbers[ino] ?? 0n, directory),
          );
        }
      }),
    );
  });
});
