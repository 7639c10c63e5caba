import { IdMap, noIdMaps, parseIdRange, rootPair, type IdMaps } from '../core/id-map.ts';
import { UsageError } from './usage-error.ts';

/** The maps that `--uidmap` and `--gidmap` describe; where only one is given it is both. @throws UsageError */
export function readIdMaps(uidRanges: readonly string[], gidRanges: readonly string[]): IdMaps {
  if (uidRanges.length === 0 && gidRanges.length === 0) return noIdMaps;
  const given = { uids: readIdMap('--uidmap', uidRanges), gids: readIdMap('--gidmap', gidRanges) };
  const uids = uidRanges.length === 0 ? given.gids : given.uids;
  const gids = gidRanges.length === 0 ? given.uids : given.gids;
  try {
    rootPair({ uids, gids });
  } catch (error) {
    throw usageError('--uidmap and --gidmap must map root', error);
  }
  return { uids, gids };
}

function readIdMap(option: string, ranges: readonly string[]): IdMap {
  try {
    return new IdMap(ranges.map(parseIdRange));
  } catch (error) {
    throw usageError(option, error);
  }
}

function usageError(what: string, error: unknown): unknown {
  return error instanceof RangeError ? new UsageError(`${what}: ${error.message}`) : error;
}
