import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdMap, noIdMaps, parseIdRange, rootPair, UnmappedIdError } from '../../../src/core/id-map.ts';

const id = fc.integer({ min: 0, max: 2 ** 32 - 2 });
const range = fc
  .record({ containerId: id, hostId: id, size: fc.integer({ min: 1, max: 100_000 }) })
  .filter(({ containerId, hostId, size }) => Math.max(containerId, hostId) + size < 2 ** 32);

function isMapped(map: () => number): boolean {
  try {
    map();
    return true;
  } catch (error) {
    if (error instanceof UnmappedIdError) return false;
    throw error;
  }
}

describe('a map of ids', () => {
  it('is undone by its other direction, the id of the remapped root included', () => {
    fc.assert(
      fc.property(range, id, fc.nat(), ({ containerId, hostId, size }, other, offset) => {
        const map = new IdMap([{ containerId, hostId, size }]);
        const inside = containerId + (offset % size);
        expect(map.toHost(inside)).toBe(hostId + (offset % size));
        expect(map.toContainer(map.toHost(inside))).toBe(inside);
        expect(isMapped(() => map.toHost(other))).toBe(other >= containerId && other < containerId + size);
        expect(isMapped(() => map.toContainer(other))).toBe(other >= hostId && other < hostId + size);
      }),
    );
  });

  it('says what it has nothing for in the words of Docker', () => {
    const map = new IdMap([{ containerId: 0, hostId: 100_000, size: 65_536 }]);
    expect(() => map.toHost(65_536)).toThrow('Container ID 65536 cannot be mapped to a host ID');
    expect(() => map.toContainer(0)).toThrow('Host ID 0 cannot be mapped to a container ID');
    // Docker takes this id for root's, which is mapped already, and leaves it as it is.
    expect(() => map.toHost(100_000)).toThrow('Container ID 100000 cannot be mapped to a host ID');
  });

  it('without ranges leaves all ids as they are', () => {
    expect(rootPair(noIdMaps)).toEqual({ uid: 0, gid: 0 });
    fc.assert(
      fc.property(id, (each) => {
        expect([new IdMap().toHost(each), new IdMap().toContainer(each)]).toEqual([each, each]);
      }),
    );
  });

  it('refuses ranges that overlap on either side', () => {
    const one = { containerId: 0, hostId: 1000, size: 10 };
    expect(() => new IdMap([one, { containerId: 9, hostId: 5000, size: 1 }])).toThrow(
      'the id ranges 0:1000:10 and 9:5000:1 overlap',
    );
    expect(() => new IdMap([one, { containerId: 10, hostId: 991, size: 10 }])).toThrow('overlap');
    expect(new IdMap([one, { containerId: 10, hostId: 990, size: 10 }]).toHost(10)).toBe(990);
  });

  it.each(['', '0:0', '0:0:0', '0:4294967295:1', '-1:0:1', '0:0:1:', 'a:b:c', '1e3:0:1'])(
    'cannot be read from %j',
    (text) => {
      expect(() => parseIdRange(text)).toThrow(RangeError);
    },
  );

  it('is read from its ranges', () => {
    expect(parseIdRange('0:100000:65536')).toEqual({ containerId: 0, hostId: 100_000, size: 65_536 });
  });
});
