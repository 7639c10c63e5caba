import {
  errorCode,
  errorText,
  isSymlink,
  isSystemError,
  join,
  RENAME_NOREPLACE,
  SystemError,
  textFromPath,
  type Host,
  type Path,
} from '../../host/index.ts';
import type { Driver } from '../driver.ts';
import { buildAside } from '../files/build-aside.ts';
import { ensureDirectory } from '../files/directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import { syncDirectory } from '../files/sync.ts';
import { layerId, type LayerId, type ParentId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { MaxDepthError } from './errors.ts';
import { layerMode, maxBelow, recordMode } from './layout.ts';
import { initOf, planMigration, type Migrated } from './migrate-plan.ts';

/** Fills the layer between an image and a container; the path is where that layer is mounted. */
export type SetupInit = (path: Path) => void | Promise<void>;

/**
 * Takes over what a Docker before 0.7 has below a directory (seed: Migrate, graph-drivers.md 1.3): `repositories` becomes
 * `repositories-aufs`; `graph/ID/layer` and `containers/ID/rw` become directories of layers, parents first, or symlinks to where
 * they are, if they cannot be moved. Without `graph` there is nothing to do. What was done before is not done again, and a run
 * that was cut short is carried on by the next.
 * @throws MigrationError and the like before anything was moved; RelocationError
 */
export async function migrate(context: Context, driver: Driver, directory: Path, setupInit: SetupInit): Promise<void> {
  const { host, layers } = context;
  if (host.fs.lstatIfExists(join(directory, 'graph')) === undefined) return;
  const { images, containers } = planMigration(host, layers, directory);
  keepRepositories(host, directory);
  for (const image of images) {
    await relocate(context, image);
    await register(context, image.id, image.below);
  }
  for (const container of containers) {
    await relocate(context, container);
    if (!layers.exists(container.id)) await registerContainer(context, driver, container, setupInit);
  }
}

/** A file that is there already is kept, as the older one is. */
function keepRepositories({ fs }: Host, directory: Path): void {
  try {
    fs.rename(join(directory, 'repositories'), join(directory, 'repositories-aufs'), RENAME_NOREPLACE);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'EEXIST')) throw error;
  }
}

/** The content of an image or container can be neither moved nor linked to. The text is Docker's. */
export class RelocationError extends SystemError {
  constructor(from: Path, to: Path, rename: SystemError, symlink: SystemError) {
    super(rename.errno, 'migrate', from);
    const [source, target] = [textFromPath(from), textFromPath(to)];
    const why = (call: string, error: SystemError): string => `${call} ${source} ${target}: ${textOf(error)}`;
    const reasons = `Rename err ${why('rename', rename)} Symlink err ${why('symlink', symlink)}`;
    this.message = `Unable to relocate ${source} to ${target}: ${reasons}`;
    this.cause = rename;
  }
}

function textOf({ errno, code }: SystemError): string {
  const known = errorCode(-errno);
  return known === undefined ? code : errorText(known);
}

function relocate({ host, layers, lock }: Context, { id, content }: Migrated): Promise<void> {
  const { fs } = host;
  const target = layers.layout.diff(id);
  return lock.run(() => {
    if (fs.lstatIfExists(content) === undefined) return;
    const found = fs.lstatIfExists(target);
    // An earlier run could not move it; perhaps it can be moved now.
    if (found !== undefined && isSymlink(found.mode)) fs.unlink(target);
    try {
      fs.rename(content, target);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      link(host, content, target, error);
    }
  });
}

function link({ fs }: Host, content: Path, target: Path, refused: SystemError): void {
  try {
    fs.symlink(content, target);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new RelocationError(content, target, refused, error);
  }
}

/** Makes a layer of a directory that is in its place already. */
function register(context: Context, id: LayerId, parent: ParentId): Promise<void> {
  const { host, layers, durability, containerRoot, warn } = context;
  const { layout } = layers;
  return buildAside({ host, parent: layout.home, warn }, (staging) =>
    context.lock.run(() => {
      if (layers.exists(id)) return;
      const below = layers.belowChildOf(parent);
      if (below.length > maxBelow) throw new MaxDepthError(id, below.length);
      ensureDirectory(host.fs, layout.mount(id), layerMode, containerRoot);
      const record = join(staging, 'layers');
      writeNewFile(host, record, below.map((each) => `${each}\n`).join(''), recordMode, durability);
      host.fs.rename(record, layout.record(id));
      if (durability !== 'none') syncDirectory(host.fs, layout.records);
    }),
  );
}

/** A container lies on a layer of its own over the image, which holds what every container has. */
async function registerContainer(
  context: Context,
  driver: Driver,
  { id, below }: Migrated,
  setupInit: SetupInit,
): Promise<void> {
  const init = layerId(initOf(id));
  if (!context.layers.exists(init)) await driver.create(init, below);
  const path = await driver.get(init);
  try {
    await setupInit(path);
  } finally {
    await driver.put(init);
  }
  await register(context, id, init);
}
