import type { Host, Path } from '../../host/index.ts';
import { applyLayerToTree, writeChanges, writeTree, type ArchiveLimits, type FullTree } from '../archive/index.ts';
import type { Change } from '../changes/change.ts';
import { changesSize } from '../changes/changes-size.ts';
import { compareTrees } from '../changes/compare-trees.ts';
import { comparisonRules } from '../changes/rules.ts';
import type { ByteStream, ProtoDriver } from '../driver.ts';
import { noIdMaps, type IdMaps } from '../id-map.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import type { Quirk } from '../quirks.ts';
import { packOptions, unpackOptions } from '../archive-options.ts';
import { relinkedNames, type BothTrees } from './relinked.ts';

/** What the naive differ stands on. */
export interface NaiveDiffInit {
  readonly host: Host;
  readonly driver: Pick<ProtoDriver, 'get' | 'put'>;
  readonly warn: (message: string) => void;
  readonly idMaps: IdMaps;
  /** What archives may ask; the rest are the defaults. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly quirks: ReadonlySet<Quirk>;
  /**
   * What the driver knows to be the same in both views (TreePair.untouched), asked while both are held. Without it both
   * are read in full.
   */
  readonly untouched?: (id: LayerId, parent: LayerId) => ((path: Path) => boolean) | undefined;
  /** Whose the files of a layer's view are; without it its own. */
  readonly filesOf?: (id: LayerId) => FullTree['files'];
}

/**
 * Diffs for drivers that can only show whole layers (Docker's NaiveDiffDriver, graph-drivers.md 1.5): both layers are
 * mounted and compared file by file. Docker's sleep to the end of the second is not needed, because a tie between times
 * is decided by the content.
 */
export class NaiveDiff {
  readonly #init: NaiveDiffInit;

  constructor(init: NaiveDiffInit) {
    this.#init = init;
  }

  /**
   * The archive of the changes against the parent; `''` is the whole tree. The layer is held from the first read until
   * the stream ends or is left.
   */
  async *diff(id: LayerId, parent: ParentId): ByteStream {
    const { host, driver, quirks } = this.#init;
    const root = await driver.get(id);
    try {
      const options = packOptions(this.#init);
      const whole = quirks.has('unmapped-whole-diff') ? { ...options, idMaps: noIdMaps } : options;
      if (parent === '') yield* writeTree(host, root, whole);
      else yield* writeChanges(host, root, await this.#toSend(id, root, parent), options);
    } finally {
      await driver.put(id);
    }
  }

  /** The changes against the parent, sorted by path; against `''` everything is added. */
  changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    return this.#held(id, (root) => this.#compare(id, root, parent));
  }

  /** Unpacks a layer archive over the layer's view. Answers the sum of the sizes in the archive's headers. */
  applyDiff(id: LayerId, diff: ByteStream): Promise<number> {
    const { host, filesOf } = this.#init;
    return this.#held(id, async (root) => {
      const files = filesOf?.(id) ?? 'own';
      const { size } = await applyLayerToTree(host, diff, { root, files }, unpackOptions(this.#init));
      return size;
    });
  }

  /** The bytes of all that is added or changed. */
  diffSize(id: LayerId, parent: ParentId): Promise<number> {
    return this.#held(id, async (root) => changesSize(this.#init.host, root, await this.#compare(id, root, parent)));
  }

  #compare(id: LayerId, newer: Path, parent: ParentId): Promise<readonly Change[]> {
    const { host } = this.#init;
    if (parent === '') return compareTrees(host, { newer, older: undefined });
    return this.#held(parent, (older) => compareTrees(host, this.#pair(id, newer, parent, older)));
  }

  /** The changes, and what has to be sent with them. */
  #toSend(id: LayerId, newer: Path, parent: LayerId): Promise<readonly Change[]> {
    const { host } = this.#init;
    return this.#held(parent, async (older) => {
      const pair = this.#pair(id, newer, parent, older);
      const changes = await compareTrees(host, pair);
      return [...changes, ...(await relinkedNames(host, pair, changes))];
    });
  }

  #pair(id: LayerId, newer: Path, parent: LayerId, older: Path): BothTrees {
    const { untouched, quirks } = this.#init;
    const known = untouched?.(id, parent);
    const rules = comparisonRules(quirks);
    return { newer, older, rules, ...(known === undefined ? {} : { untouched: known }) };
  }

  async #held<T>(id: LayerId, action: (root: Path) => Promise<T>): Promise<T> {
    const { driver } = this.#init;
    const root = await driver.get(id);
    try {
      return await action(root);
    } finally {
      await driver.put(id);
    }
  }
}
