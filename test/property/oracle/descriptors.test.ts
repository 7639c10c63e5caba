import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountedDescriptors, LowestFreeDescriptors, OwnDescriptors } from '../../../src/oracle/descriptors.ts';

describe('descriptor numbers', () => {
  it('count up and are never reused in random and unionmount traces', () => {
    const descriptors = new CountedDescriptors();
    expect([descriptors.add(20), descriptors.add(21)]).toEqual([0, 1]);
    descriptors.remove(0);
    expect(descriptors.add(20)).toBe(2);
    expect([0, 1, 2, 3].map((traced) => descriptors.kernel(traced))).toEqual([-1, 21, 20, -1]);
  });

  it('are the lowest free ones in posix traces', () => {
    const actions = fc.array(fc.oneof(fc.constant('open' as const), fc.nat(6)));
    fc.assert(
      fc.property(actions, (run) => {
        const descriptors = new LowestFreeDescriptors();
        const open = new Map<number, number>();
        let next = 100;
        for (const action of run) {
          if (action === 'open') {
            const lowest = Array.from({ length: 100 }, (_, number) => number).find((number) => !open.has(number));
            expect(descriptors.add(next)).toBe(lowest);
            open.set(lowest ?? -1, next);
            next += 1;
          } else if (open.delete(action)) {
            descriptors.remove(action);
          }
          for (let traced = 0; traced < 8; traced += 1) expect(descriptors.kernel(traced)).toBe(open.get(traced) ?? -1);
        }
        expect([...descriptors.open()].sort()).toEqual([...open.values()].sort());
      }),
    );
  });

  it('are the kernel’s own where the process has a table of its own', () => {
    const descriptors = new OwnDescriptors();
    expect(descriptors.add(3)).toBe(3);
    expect(descriptors.kernel(7)).toBe(7);
    descriptors.remove(3);
    expect([...descriptors.open()]).toEqual([]);
  });
});
