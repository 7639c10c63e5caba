import { basename, type Path } from '../../host/index.ts';
import { applyLayerToOverlay, applyLayerToTree, writeOverlayLayer, type OverlayLayer } from '../archive/index.ts';
import type { Change } from '../changes/change.ts';
import { overlayMarks, walkChanges } from '../changes/walk-changes.ts';
import type { ByteStream, Driver } from '../driver.ts';
import { directorySize } from '../files/directory-size.ts';
import { writeNewFile } from '../files/new-file.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import { unmount } from '../mounts/hold.ts';
import { NaiveDiff } from '../naive/naive-diff.ts';
import { projectOf } from '../quota/project-quotas.ts';
import { packOptions, unpackOptions } from '../archive-options.ts';
import type { Context } from './context.ts';
import { createLayer, type BuiltLayer, type NewLayer } from './create.ts';
import { Footprint } from './footprint.ts';
import { layerUse } from './hold.ts';
import { privateMode } from './layout.ts';
import { mountLayer } from './mount-layer.ts';
import { holdsOwnContent } from './own-content.ts';
import { replaceEmptyDiff } from './replace-diff.ts';

/** The layers of `driver`, which is open in this context, as archives. */
export function layerDiffs(context: Context, driver: Driver): LayerDiffs {
  const { host, idMaps, limits, quirks, warn } = context;
  const untouched = untouchedBetween.bind(undefined, context);
  return new LayerDiffs(context, new NaiveDiff({ host, driver, warn, idMaps, limits, quirks, untouched }));
}

/**
 * A layer's content as archives. Where the parent asked for is the layer's own, its directory `diff` holds exactly what it
 * changed, and archives are read from and written to it without a mount (native). Otherwise, and on kernels whose
 * overlayfs leaves other marks there, the views are compared (naive). Changes are always naive, as with Docker.
 */
export class LayerDiffs {
  readonly #context: Context;
  readonly #naive: NaiveDiff;
  #warned = false;

  constructor(context: Context, naive: NaiveDiff) {
    this.#context = context;
    this.#naive = naive;
  }

  async diff(id: LayerId, parent: ParentId): Promise<ByteStream> {
    if (!this.#isNative(id, parent)) return this.#naive.diff(id, parent);
    const { host } = this.#context;
    const layer = this.#overlayLayer(id);
    const whole = parent === '' || (await holdsOwnContent(host, layer.diff, layer.xattrs));
    if (!whole) return this.#naive.diff(id, parent);
    return writeOverlayLayer(host, layer, packOptions(this.#context));
  }

  changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    const { host, quirks } = this.#context;
    if (!quirks.has('walk-upper') || !this.#isNative(id, parent)) return this.#naive.changes(id, parent);
    const { diff, lowers = [], xattrs } = this.#overlayLayer(id);
    return walkChanges(host, diff, lowers, overlayMarks(xattrs));
  }

  diffSize(id: LayerId, parent: ParentId): Promise<number> {
    if (!this.#isNative(id, parent)) return this.#naive.diffSize(id, parent);
    return directorySize(this.#context.host, this.#context.layers.layout.layer(id).diff);
  }

  /**
   * Unpacks into an existing layer. One that is empty and held by nobody is filled in one step; into others the archive
   * is unpacked in place, as with Docker, through the mount where there is one.
   */
  async applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    const { host, lock } = this.#context;
    if (!this.#isNative(id, parent)) return this.#naive.applyDiff(id, diff);
    const { mounted, holders } = await lock.run(() => layerUse(this.#context, id));
    if (mounted) return this.#naive.applyDiff(id, diff);
    const layer = this.#overlayLayer(id);
    const unpack = async (into: Path): Promise<number> => {
      return this.#unpack(diff, { ...layer, diff: into, root: 'own' });
    };
    // Into a layer with a limit no directory can be renamed from elsewhere (EXDEV).
    const limited = projectOf(host.fs, layer.diff) !== 0;
    const empty = !limited && holders === 0 && host.fs.readdir(layer.diff).length === 0;
    return empty ? replaceEmptyDiff(this.#context, id, unpack) : unpack(layer.diff);
  }

  /** Creates a layer with the content of an archive, in one step. */
  createFromDiff(layer: NewLayer, diff: ByteStream): Promise<number> {
    return createLayer(this.#context, layer, async (built) => {
      const size = await (this.#nativeWorks()
        ? this.#fillNatively(layer, built, diff)
        : this.#fillThroughMount(layer, built, diff));
      this.#makeReadOnly(built);
      return size;
    });
  }

  /**
   * The mark that a layer gets with its first child. Without it, a look at the view would mount the layer for writing, at
   * which overlayfs leaves its own attributes (origin, impure) in `diff`.
   */
  #makeReadOnly({ built: { committed } }: BuiltLayer): void {
    writeNewFile(this.#context.host, committed, '', privateMode, 'none');
  }

  async #fillNatively({ parent }: NewLayer, { built }: BuiltLayer, diff: ByteStream): Promise<number> {
    const { kernel } = this.#context;
    const lowers = parent === '' ? [] : this.#withLowers(parent);
    const layer = { diff: built.diff, lowers, xattrs: kernel.xattrs };
    return this.#unpack(diff, layer);
  }

  async #unpack(archive: ByteStream, { lowers, ...layer }: OverlayLayer): Promise<number> {
    const { host, quirks } = this.#context;
    // Docker converts whiteouts as they come, and does not look at the layers below.
    const known = lowers === undefined || quirks.has('ordered-whiteouts') ? {} : { lowers };
    return (await applyLayerToOverlay(host, archive, { ...layer, ...known }, unpackOptions(this.#context))).size;
  }

  async #fillThroughMount({ parent }: NewLayer, { built, lowers }: BuiltLayer, diff: ByteStream): Promise<number> {
    const { host, warn } = this.#context;
    const unpack = async (root: Path): Promise<number> => {
      return (await applyLayerToTree(host, diff, { root, files: 'own' }, unpackOptions(this.#context))).size;
    };
    if (parent === '') return unpack(built.diff);
    mountLayer(this.#context, {
      directory: basename(built.directory),
      // Its link leads nowhere yet.
      link: () => undefined,
      lowers,
      label: '',
      access: 'read-write',
    });
    try {
      return await unpack(built.merged);
    } finally {
      unmount(host, built.merged, warn);
    }
  }

  #overlayLayer(id: LayerId): OverlayLayer {
    const { kernel, layers } = this.#context;
    return { diff: layers.layout.layer(id).diff, lowers: layers.lowerDiffsOf(id), xattrs: kernel.xattrs };
  }

  #withLowers(id: LayerId): readonly Path[] {
    const { layers } = this.#context;
    return [layers.layout.layer(id).diff, ...layers.lowerDiffsOf(id)];
  }

  #isNative(id: LayerId, parent: ParentId): boolean {
    return this.#context.layers.parentOf(id) === parent && this.#nativeWorks();
  }

  #nativeWorks(): boolean {
    const { kernel, warn } = this.#context;
    if (kernel.noNativeDiff === undefined) return true;
    if (!this.#warned) {
      const effect = 'this may cause degraded performance for building images';
      warn(`Not using native diff for overlay2, ${effect}: ${kernel.noNativeDiff}`);
    }
    this.#warned = true;
    return false;
  }
}

/** What is the same in a layer's and an ancestor's view: all that no layer between the two has touched. */
function untouchedBetween(
  { host, kernel, layers }: Context,
  id: LayerId,
  parent: LayerId,
): ((path: Path) => boolean) | undefined {
  const stack = [id, ...layers.ancestorsOf(id)];
  const at = stack.indexOf(parent);
  if (at < 0) return undefined;
  const diffs = stack.slice(0, at).map((between) => layers.layout.layer(between).diff);
  const footprint = new Footprint(host.fs, diffs, kernel.xattrs);
  return (path) => footprint.untouched(path);
}
