import { errno, isSystemError, join, RENAME_EXCHANGE, SystemError, type Path } from '../../host/index.ts';
import { applyLayerToTree } from '../archive/index.ts';
import { copyTree } from '../copy/copy-tree.ts';
import type { ByteStream } from '../driver.ts';
import { buildAside } from '../files/build-aside.ts';
import type { KnownDirectory } from '../files/known-directory.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import type { LayerId } from '../layer-id.ts';
import { projectOf } from '../quota/project-quotas.ts';
import { unpackOptions } from '../archive-options.ts';
import type { Context } from './context.ts';
import { besideLayers } from './create.ts';

/** Unpacks an archive over a layer's tree. Answers the sum of the sizes in its headers. */
export async function unpack(
  context: Context,
  diff: ByteStream,
  root: Path,
  files: 'own' | 'shared-with-parent' = 'own',
): Promise<number> {
  return (await applyLayerToTree(context.host, diff, { root, files }, unpackOptions(context))).size;
}

/**
 * Unpacks into a layer that is there, in one step: a tree of hard links to the layer's own files is made aside, unpacked
 * over, and exchanged with the layer's. When that fails the layer is as before. Where the filesystem cannot exchange two
 * directories, or the layer has a limit, which goes with its directory, the archive is unpacked in place, as with Docker, and
 * a failure leaves what came before it.
 */
export async function applyDiff(context: Context, id: LayerId, diff: ByteStream): Promise<number> {
  const { host, layers, xattrs, warn } = context;
  const layer = layers.path(id);
  if (projectOf(host.fs, layer) !== 0) return unpack(context, diff, layer);
  const known = layers.know(id);
  try {
    return await buildAside(besideLayers(context), async (directory) => {
      if (!canExchange(context, directory)) return unpack(context, diff, layer);
      await copyTree(host, layer, directory, { files: 'link', xattrs, warn });
      const size = await unpack(context, diff, directory, 'shared-with-parent');
      await replace(context, { id, known }, directory);
      return size;
    });
  } finally {
    known.close();
  }
}

function canExchange({ host }: Context, scratch: Path): boolean {
  const { fs } = host;
  const [one, other] = [join(scratch, 'one'), join(scratch, 'other')];
  fs.mkdir(one, 0o700);
  fs.mkdir(other, 0o700);
  try {
    fs.rename(one, other, RENAME_EXCHANGE);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EINVAL', 'ENOSYS', 'EOPNOTSUPP')) return false;
    throw error;
  } finally {
    fs.rmdir(one);
    fs.rmdir(other);
  }
}

/** A layer as it was when one began to fill it. */
interface Filled {
  readonly id: LayerId;
  readonly known: KnownDirectory;
}

async function replace({ host, layers, lock, durability }: Context, { id, known }: Filled, by: Path): Promise<void> {
  if (durability !== 'none') syncFileSystem(host.fs, by);
  await lock.run(() => {
    if (!layers.isStill(id, known)) {
      throw new SystemError(errno.ESTALE, 'apply a diff: the layer was replaced meanwhile', id);
    }
    host.fs.rename(by, layers.path(id), RENAME_EXCHANGE);
    if (durability !== 'none') syncDirectory(host.fs, layers.parent);
  });
}
