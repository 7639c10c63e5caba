import { errno, SystemError, type Path } from '../../host/index.ts';
import { copyTree } from '../copy/copy-tree.ts';
import type { ByteStream } from '../driver.ts';
import { buildAside } from '../files/build-aside.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import { LayerBusyError } from '../layer-errors.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import { useOf } from '../mounts/hold.ts';
import { ApplyDiffFallback } from '../naive/apply-diff-fallback.ts';
import { fillByLinks, unpack } from './build.ts';
import type { Context, Home } from './context.ts';
import { rootXattrs } from './copy-rules.ts';
import { holdable } from './hold.ts';
import { newRootPrefix, type Form } from './layers.ts';

/**
 * Overlay's own way of applying a diff: a layer that nothing was written to yet becomes a whole tree, of hard links to its
 * parent's files and what the archive brings. It is made aside and renamed into place, so that the layer is as empty as
 * before when that fails. A base layer is filled in the same way.
 *
 * @throws ApplyDiffFallback where the parent is not the one below the layer, or has no tree, and where the layer was
 * written to or is held. There Docker would drop what was written, or unpack below a mount.
 * @throws SystemError ENOTEMPTY where the layer was filled over that parent before, as with Docker
 */
export async function applyDiff(context: Context, id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
  const { layers } = context;
  const form = layers.formOf(id);
  if (form.kind === 'root' && parent !== '' && layers.parentOf(id) === parent) {
    throw new SystemError(errno.ENOTEMPTY, 'apply a diff: the layer was filled before', form.root);
  }
  const fill = waysToFill(context, form, parent, diff);
  if (fill === undefined || !isEmpty(context, form) || isHeld(context, id)) throw new ApplyDiffFallback();
  return replaceRoot(context, id, fill);
}

type Fill = (root: Path) => Promise<number>;

/** How an empty layer is filled, `undefined` where that takes its view. */
function waysToFill(context: Context, form: Form, parent: ParentId, diff: ByteStream): Fill | undefined {
  if (form.kind === 'root') return parent === '' ? (root) => fillBase(context, form.root, root, diff) : undefined;
  if (parent === '' || form.lower !== parent) return undefined;
  const below = context.layers.formOf(parent);
  if (below.kind !== 'root') return undefined;
  return (root) => fillByLinks(context, { parent: below.root, attributes: form.upper }, root, diff);
}

/** The new root of a base layer has the attributes of the empty one. */
async function fillBase(context: Context, empty: Path, root: Path, diff: ByteStream): Promise<number> {
  await copyTree(context.host, empty, root, { files: 'copy', xattrs: rootXattrs(context), warn: context.warn });
  return unpack(context, diff, root, 'own');
}

function isEmpty({ host }: Context, form: Form): boolean {
  return host.fs.readdir(form.kind === 'root' ? form.root : form.upper).length === 0;
}

function isHeld(context: Context, id: LayerId): boolean {
  const { holders, mounted } = useOf(context.host, holdable(context, id));
  return holders > 0 || mounted;
}

async function replaceRoot(context: Context, id: LayerId, fill: Fill): Promise<number> {
  const { host, layers, lock, durability, warn } = context;
  const { directory } = layers.paths(id);
  const size = await buildAside({ host, parent: directory, prefix: newRootPrefix, warn }, async (root) => {
    const filled = await fill(root);
    if (durability !== 'none') syncFileSystem(host.fs, root);
    await lock.run(() => {
      publishRoot(context, id, root);
    });
    return filled;
  });
  await removeUpperForm(context, id);
  return size;
}

/** Runs under the lock. The layer may have been held, written to or filled while its root was made. */
function publishRoot(context: Context, id: LayerId, root: Path): void {
  const { host, layers, durability } = context;
  const { holders, mounted } = useOf(host, holdable(context, id));
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'apply a diff', holders);
  const form = layers.formOf(id);
  const paths = layers.paths(id);
  if (!isEmpty(context, form)) {
    throw new SystemError(errno.ENOTEMPTY, 'apply a diff: the layer was written to meanwhile', paths.directory);
  }
  host.fs.rename(root, paths.root);
  if (durability !== 'none') syncDirectory(host.fs, paths.directory);
}

/** Removes what a layer with a `root` needs no more, in Docker's order. What cannot be removed is at the next opening. */
export async function removeUpperForm({ host, layers, warn }: Home, id: LayerId): Promise<void> {
  const { upper, work, merged, lowerId } = layers.paths(id);
  for (const path of [upper, work, merged, lowerId]) {
    try {
      await removeTree(host, path);
    } catch (error) {
      warn(`left behind: ${String(error)}`);
    }
  }
}
