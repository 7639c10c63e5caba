import type { Host, Path } from '../../host/index.ts';
import { quoted } from '../archive/errors.ts';
import type { ByteStream, Driver } from '../driver.ts';
import type { LayerId } from '../layer-id.ts';
import { algorithmOf, type Digest } from './digest.ts';
import { digestOf, hashFor } from './hashing.ts';
import type { LayerRecord, LayerRecords } from './layer-records.ts';
import { ChangedFileError } from './tar-split/changed-file.ts';
import type { LayerViews } from './tar-split/member-places.ts';
import { memberInPlaceOf, reassemble } from './tar-split/reassemble.ts';

/** Where layers and what is recorded of them are. */
export interface Store {
  readonly host: Host;
  readonly driver: Driver;
  readonly records: LayerRecords;
}

/** Whether a layer still holds what its archive had. */
export type Verdict =
  | { readonly kind: 'intact'; readonly diffId: Digest }
  | { readonly kind: 'changed'; readonly diffId: Digest; readonly why: string }
  /** The archive itself has put one file in the place of another, whose content is nowhere any more. */
  | { readonly kind: 'overwritten'; readonly diffId: Digest; readonly why: string }
  | { readonly kind: 'unrecorded' };

/**
 * Recomputes the diffID of a layer from what is on the disk.
 * @throws ImageError where the record is damaged
 */
export async function verifyLayer(store: Store, id: LayerId): Promise<Verdict> {
  const record = store.records.find(id);
  if (record === undefined) return { kind: 'unrecorded' };
  const { diffId } = record;
  const hash = hashFor(diffId);
  try {
    for await (const chunk of archiveOf(store, id, record)) hash.update(chunk);
  } catch (error) {
    if (!(error instanceof ChangedFileError)) throw error;
    const other = await inPlaceOf(error.member, store, id, record);
    if (other === undefined) return { kind: 'changed', diffId, why: error.message };
    return { kind: 'overwritten', diffId, why: `${quoted(error.member)} and ${quoted(other)} are one file` };
  }
  const found = digestOf(hash, algorithmOf(diffId));
  if (found === diffId) return { kind: 'intact', diffId };
  return { kind: 'changed', diffId, why: `the record of its headers gives ${found}` };
}

async function inPlaceOf(
  member: string,
  { host, driver }: Store,
  id: LayerId,
  { split }: LayerRecord,
): Promise<string | undefined> {
  const views = await HeldViews.of(driver, id);
  try {
    return await memberInPlaceOf(host, views, split(), member);
  } finally {
    await views.release();
  }
}

/** The archive that a layer was made of, bit for bit; `undefined` where that is not known, or the layer holds it no more. */
export async function originalArchive(store: Store, id: LayerId): Promise<ByteStream | undefined> {
  const record = store.records.find(id);
  if (record === undefined || (await verifyLayer(store, id)).kind !== 'intact') return undefined;
  return archiveOf(store, id, record);
}

async function* archiveOf({ host, driver }: Store, id: LayerId, { split }: LayerRecord): AsyncGenerator<Uint8Array> {
  const views = await HeldViews.of(driver, id);
  try {
    yield* reassemble(host, views, split());
  } finally {
    await views.release();
  }
}

/** The view of a layer and, once it is asked for, that of the layer below. */
class HeldViews implements LayerViews {
  readonly view: Path;
  readonly #driver: Driver;
  readonly #id: LayerId;
  readonly #held: LayerId[];
  #below: Promise<Path | undefined> | undefined;

  static async of(driver: Driver, id: LayerId): Promise<HeldViews> {
    return new HeldViews(driver, id, await driver.get(id));
  }

  private constructor(driver: Driver, id: LayerId, view: Path) {
    this.#driver = driver;
    this.#id = id;
    this.#held = [id];
    this.view = view;
  }

  below(): Promise<Path | undefined> {
    this.#below ??= this.#holdBelow();
    return this.#below;
  }

  async release(): Promise<void> {
    for (const id of this.#held.splice(0)) await this.#driver.put(id);
  }

  /** Of some drivers a layer can do without the one it was made over, which may be gone. */
  async #holdBelow(): Promise<Path | undefined> {
    const parent = await this.#driver.parentOf(this.#id);
    if (parent === '' || !(await this.#driver.exists(parent))) return undefined;
    const view = await this.#driver.get(parent);
    this.#held.push(parent);
    return view;
  }
}
