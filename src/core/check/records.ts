import { textFromPath, type Path } from '../../host/index.ts';
import type { LayerRecords, StoredRecord } from '../image/layer-records.ts';
import { isDigest } from '../image/digest.ts';
import type { LayerId } from '../layer-id.ts';
import { unmendable, type Finding } from './finding.ts';
import { leftover, clearedAway } from './leftovers.ts';

/** The layers of a home, and where they are. */
export interface CheckedLayers {
  readonly ids: readonly LayerId[];
  readonly pathOf: (id: LayerId) => Path;
}

/** Records without layers, and layers that a load has made without records. dockerd's own records are never changed. */
export function recordFindings(records: LayerRecords, { ids, pathOf }: CheckedLayers): readonly Finding[] {
  const there = new Set<string>(ids);
  const all = records.all();
  return [
    ...records.abandoned().map((path) => leftover(path, 'the recording of a layer was cut short')),
    ...all.filter((record) => !isOfLayer(record, there)).map(withoutLayer),
    ...records
      .containerLayers()
      .filter(({ id }) => !there.has(id))
      .map(({ path, id }) =>
        unmendable('record', '', path, `dockerd’s container has the layer ${id}, which is not there`),
      ),
    ...withoutRecord(records, { ids, pathOf }),
  ];
}

/**
 * Removes what of this project's own records has no layer; dockerd's stay. A layer comes before its record, so that the records are
 * read first, and `list` answers the layers after that.
 */
export async function clearRecords(records: LayerRecords, list: () => Promise<readonly LayerId[]>): Promise<void> {
  const own = records.all().filter(({ owner }) => owner === 'own');
  const there = new Set<string>(await list());
  for (const record of own) if (!isOfLayer(record, there)) await records.discard(record);
  await records.clear();
}

function isOfLayer({ id, isComplete }: StoredRecord, there: ReadonlySet<string>): boolean {
  return isComplete && id !== undefined && there.has(id);
}

function withoutLayer({ path, owner, id, isComplete }: StoredRecord): Finding {
  const what = isComplete ? `it is the record of ${textFromPath(id ?? '')}, which is no layer` : 'it is half a record';
  if (owner === 'dockerd')
    return unmendable('record', id ?? '', path, `${what}; dockerd’s records are dockerd’s to mend`);
  return { kind: 'record', layer: id ?? '', path, what, remedy: clearedAway };
}

/** Layers with the names that loads give, of which nothing is recorded: a load was cut short, or the layer was changed since. */
function withoutRecord(records: LayerRecords, { ids, pathOf }: CheckedLayers): readonly Finding[] {
  if (!records.isKept) return [];
  const recorded = new Set<string>([
    ...records.all().flatMap(({ id }) => (id === undefined ? [] : [id])),
    ...records.containerLayers().map(({ id }) => id),
  ]);
  return ids
    .filter((id) => isDigest(`sha256:${id}`) && !recorded.has(id))
    .map((id) =>
      unmendable(
        'record',
        id,
        pathOf(id),
        'nothing is recorded of this layer’s archive; remove it and load the image again',
      ),
    );
}
