import { join, type Path } from '../../host/index.ts';
import { applyLayerToTree } from '../archive/index.ts';
import type { Change } from '../changes/change.ts';
import { comparisonRules } from '../changes/rules.ts';
import { aufsMarks, walkChanges } from '../changes/walk-changes.ts';
import type { ByteStream } from '../driver.ts';
import { buildAside } from '../files/build-aside.ts';
import { directorySize } from '../files/directory-size.ts';
import { makeDirectory } from '../files/directory.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import { LayerBusyError } from '../layer-errors.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import { useOf } from '../mounts/hold.ts';
import type { NaiveDiff } from '../naive/naive-diff.ts';
import { inheritRoot } from '../files/inherit-root.ts';
import { branchChanges } from './changes.ts';
import { packOptions, unpackOptions } from '../archive-options.ts';
import type { Context } from './context.ts';
import { createLayer, type NewLayer } from './create.ts';
import { holdable, settle } from './hold.ts';
import { layerMode } from './layout.ts';
import { mountLayer } from './mount-layer.ts';
import { flushPseudoLinks } from './pseudo-links.ts';
import { writeBranch } from './write-layer.ts';

/**
 * A layer's content as archives. Where the parent asked for is the layer's own, its directory tells what it changed (native);
 * otherwise the views are compared (naive). Archives are unpacked through a mount, so that aufs itself makes its whiteouts.
 */
export class LayerDiffs {
  readonly #context: Context;
  readonly #naive: NaiveDiff;

  constructor(context: Context, naive: NaiveDiff) {
    this.#context = context;
    this.#naive = naive;
  }

  async diff(id: LayerId, parent: ParentId): Promise<ByteStream> {
    if (!this.#isOwnParent(id, parent)) return this.#naive.diff(id, parent);
    const { host, layers } = this.#context;
    const { layout } = layers;
    await settle(this.#context, id);
    const below = layers.parentOf(id);
    const options = packOptions(this.#context);
    return writeBranch(host, layout.diff(id), below === '' ? undefined : layout.diff(below), options);
  }

  async changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    if (!this.#isOwnParent(id, parent)) return this.#naive.changes(id, parent);
    const { host, layers, quirks } = this.#context;
    await settle(this.#context, id);
    const [diff, below] = [layers.layout.diff(id), layers.diffsOf(layers.ancestorsOf(id))];
    if (quirks.has('walk-branches')) return walkChanges(host, diff, below, aufsMarks);
    return branchChanges(host, diff, below, comparisonRules(quirks));
  }

  diffSize(id: LayerId, parent: ParentId): Promise<number> {
    if (!this.#isOwnParent(id, parent)) return this.#naive.diffSize(id, parent);
    return this.#ownSize(this.#context.layers.layout.diff(id));
  }

  /**
   * Unpacks into an existing layer. One that is empty and held by nobody is filled in one step; into others the archive is
   * unpacked in place, through the mount.
   */
  async applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    if (!this.#isOwnParent(id, parent)) return this.#naive.applyDiff(id, diff);
    if (this.#isUntouched(id)) return this.#replaceEmpty(id, diff);
    await this.#naive.applyDiff(id, diff);
    return this.#ownSize(this.#context.layers.layout.diff(id));
  }

  /** Creates a layer with the content of an archive. */
  createFromDiff(layer: NewLayer, diff: ByteStream): Promise<number> {
    const { layers } = this.#context;
    return createLayer(this.#context, layer, (built) =>
      this.#fill(built.mount, built.diff, layers.diffsOf(built.below), diff),
    );
  }

  /** Fills a directory that is no layer's yet, mounted on `target` over those below it; answers its size. */
  async #fill(target: Path, writable: Path, below: readonly Path[], diff: ByteStream): Promise<number> {
    if (below.length === 0) await this.#unpack(writable, diff);
    else await this.#fillMounted(target, writable, below, diff);
    return this.#ownSize(writable);
  }

  async #fillMounted(target: Path, writable: Path, below: readonly Path[], diff: ByteStream): Promise<void> {
    const { host } = this.#context;
    const { atime, mtime } = host.fs.lstat(writable);
    mountLayer(this.#context, target, { writable, below, label: '' });
    try {
      // aufs has made its marks there. Without a member for the root its time is that of the one below.
      host.fs.lutimens(target, atime, mtime);
      await this.#unpack(target, diff);
      flushPseudoLinks(host, writable, target);
    } finally {
      host.mount.umount2(target, 0);
    }
    await this.#dropMarks(writable);
  }

  async #unpack(root: Path, diff: ByteStream): Promise<void> {
    await applyLayerToTree(this.#context.host, diff, { root, files: 'own' }, unpackOptions(this.#context));
  }

  /** Removes what aufs keeps in a branch and makes anew at every mount; the root's time stays what it is. */
  async #dropMarks(diff: Path): Promise<void> {
    const { host } = this.#context;
    const { atime, mtime } = host.fs.lstat(diff);
    for (const name of ownMarks) await removeTree(host, join(diff, name));
    host.fs.lutimens(diff, atime, mtime);
  }

  #isUntouched(id: LayerId): boolean {
    const { host, layers } = this.#context;
    const { holders, mounted } = useOf(host, holdable(this.#context, id));
    return holders === 0 && !mounted && this.#isEmpty(layers.layout.diff(id));
  }

  #isEmpty(diff: Path): boolean {
    return this.#context.host.fs.readdir(diff).every(({ name }) => ownMarks.includes(name));
  }

  async #replaceEmpty(id: LayerId, diff: ByteStream): Promise<number> {
    const { host, layers, containerRoot, durability, lock, warn } = this.#context;
    const { layout } = layers;
    const present = layout.diff(id);
    return buildAside({ host, parent: layout.home, warn }, async (staging) => {
      const [built, target] = [join(staging, 'diff'), join(staging, 'mnt')];
      for (const directory of [built, target]) makeDirectory(host.fs, directory, layerMode, containerRoot);
      inheritRoot(host.fs, present, built);
      const size = await this.#fill(target, built, layers.diffsOf(layers.ancestorsOf(id)), diff);
      if (durability !== 'none') syncFileSystem(host.fs, built);
      await this.#dropMarks(present);
      await lock.run(() => {
        const { holders, mounted } = useOf(host, holdable(this.#context, id));
        if (holders > 0 || mounted) throw new LayerBusyError(id, 'apply a diff', holders);
        host.fs.rename(built, present);
        if (durability !== 'none') syncDirectory(host.fs, layout.diffs);
      });
      return size;
    });
  }

  async #ownSize(diff: Path): Promise<number> {
    return directorySize(this.#context.host, diff);
  }

  /** Docker 1.10 did not look at the parent it was asked for. */
  #isOwnParent(id: LayerId, parent: ParentId): boolean {
    const { layers, quirks } = this.#context;
    return quirks.has('ignore-parent') || layers.parentOf(id) === parent;
  }
}

/** What aufs makes at the root of a branch that it writes to. */
const ownMarks: readonly string[] = ['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk'];
