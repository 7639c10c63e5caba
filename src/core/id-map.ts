import type { System } from '../host/index.ts';
import type { Owner } from './files/directory.ts';

/** So many ids that containers see, from one on, and what they are on disk. */
export interface IdRange {
  readonly containerId: number;
  readonly hostId: number;
  readonly size: number;
}

/** An id that a map has nothing for, in Docker's words. */
export class UnmappedIdError extends RangeError {
  override readonly name = 'UnmappedIdError';

  constructor(id: number, from: 'Container' | 'Host', to: 'host' | 'container') {
    super(`${from} ID ${id} cannot be mapped to a ${to} ID`);
  }
}

/** The ids after the last one: -1 is what chown(2) takes for "leave it". */
const idsEnd = 2 ** 32 - 1;

/**
 * What ids of containers are on disk, as in /proc/PID/uid_map. Without ranges all ids are themselves. Every id is mapped
 * in both directions, so that they undo each other (Docker leaves the host's id of root as it is, graph-drivers.md 1.0.3).
 */
export class IdMap {
  readonly ranges: readonly IdRange[];

  /** @throws RangeError where a range is no range of ids, or two of them overlap on either side */
  constructor(ranges: readonly IdRange[] = []) {
    for (const range of ranges) mustBeRange(range);
    for (const [n, range] of ranges.entries()) {
      const clash = ranges.slice(n + 1).find((other) => overlap(range, other));
      if (clash !== undefined) throw new RangeError(`the id ranges ${text(range)} and ${text(clash)} overlap`);
    }
    this.ranges = ranges;
  }

  /** @throws UnmappedIdError */
  toHost(id: number): number {
    if (this.ranges.length === 0) return id;
    const range = this.ranges.find(({ containerId, size }) => id >= containerId && id < containerId + size);
    if (range === undefined) throw new UnmappedIdError(id, 'Container', 'host');
    return range.hostId + id - range.containerId;
  }

  /** @throws UnmappedIdError */
  toContainer(id: number): number {
    if (this.ranges.length === 0) return id;
    const range = this.ranges.find(({ hostId, size }) => id >= hostId && id < hostId + size);
    if (range === undefined) throw new UnmappedIdError(id, 'Host', 'container');
    return range.containerId + id - range.hostId;
  }
}

function mustBeRange(range: IdRange): void {
  const { containerId, hostId, size } = range;
  const whole = [containerId, hostId, size].every((number) => Number.isSafeInteger(number) && number >= 0);
  if (whole && size > 0 && containerId + size <= idsEnd && hostId + size <= idsEnd) return;
  throw new RangeError(`${text(range)} is no range of ids`);
}

function overlap(one: IdRange, other: IdRange): boolean {
  const meet = (a: number, b: number): boolean => a < b + other.size && b < a + one.size;
  return meet(one.containerId, other.containerId) || meet(one.hostId, other.hostId);
}

function text({ containerId, hostId, size }: IdRange): string {
  return `${containerId}:${hostId}:${size}`;
}

/** Docker's user-namespace remapping: files on disk are shifted, archives hold the ids that containers see. */
export interface IdMaps {
  readonly uids: IdMap;
  readonly gids: IdMap;
}

/** All ids are themselves. */
export const noIdMaps: IdMaps = { uids: new IdMap(), gids: new IdMap() };

/** Who owns on disk what is root's in containers. @throws UnmappedIdError where the maps have no root */
export function rootPair(maps: IdMaps): Owner {
  return ownerOnHost(maps, { uid: 0, gid: 0 });
}

/**
 * Who owns on disk what nobody describes: the root of containers, or an ordinary user, who can give nothing away.
 * @throws UnmappedIdError where the maps have no root
 */
export function ownerOfNew(system: Pick<System, 'credentials'>, maps: IdMaps): Owner {
  const own = system.credentials();
  return own.uid === 0 ? rootPair(maps) : own;
}

/** An owner that containers see, as on disk. @throws UnmappedIdError */
export function ownerOnHost({ uids, gids }: IdMaps, { uid, gid }: Owner): Owner {
  return { uid: uids.toHost(uid), gid: gids.toHost(gid) };
}

/** An owner on disk, as containers see it. @throws UnmappedIdError */
export function ownerInContainer({ uids, gids }: IdMaps, { uid, gid }: Owner): Owner {
  return { uid: uids.toContainer(uid), gid: gids.toContainer(gid) };
}

/** The same maps, but that an id which is the root's on disk already stays what it is (quirk keep-host-root). */
export function keepingHostRoot({ uids, gids }: IdMaps): IdMaps {
  return { uids: new RootKeepingIdMap(uids.ranges), gids: new RootKeepingIdMap(gids.ranges) };
}

class RootKeepingIdMap extends IdMap {
  override toHost(id: number): number {
    return id === super.toHost(0) ? id : super.toHost(id);
  }
}

/** Reads `CONTAINER:HOST:SIZE`. @throws RangeError */
export function parseIdRange(range: string): IdRange {
  const match = /^(\d+):(\d+):(\d+)$/.exec(range);
  if (match === null) throw new RangeError(`${JSON.stringify(range)} is not CONTAINER:HOST:SIZE`);
  const [containerId = 0, hostId = 0, size = 0] = match.slice(1).map(Number);
  const parsed = { containerId, hostId, size };
  mustBeRange(parsed);
  return parsed;
}
