import { join, type Host } from '../../host/index.ts';
import type { Driver, DriverInit } from '../driver.ts';
import { ensureDirectory, nearestDirectory, type Owner } from '../files/directory.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { cleanPath } from '../files/real-path.ts';
import { noIdMaps, rootPair } from '../id-map.ts';
import { noQuirks } from '../quirks.ts';
import type { Context, Owners } from './context.ts';
import { driverName, Overlay2 } from './driver.ts';
import { learnKernelFacts, type KernelFacts } from './kernel-facts.ts';
import { homeMode, linkDirectory, linkDirectoryMode } from './layout.ts';
import { Layers } from './layers.ts';
import { recover } from './recover.ts';
import { readOptions, refuseSize, refuseSizeWithoutQuotas } from './storage-options.ts';

/**
 * Opens overlay2 on its home, which is made if it is not there. First the kernel and the filesystem are tried in a
 * scratch directory, so that nothing is left where the driver cannot work; then what crashes have left is cleared away.
 * @throws NotSupportedError, DTypeNotSupportedError, IncompatibleFilesystemError, StorageOptionError
 */
export async function initOverlay2(init: DriverInit): Promise<Driver> {
  const { host, home, options } = init;
  const read = readOptions(options);
  const kernel = await learnKernelFacts(host, driverName, nearestDirectory(host.fs, cleanPath(home)));
  refuseSize(read, kernel.backingFilesystem);
  return openOverlay2(init, kernel);
}

/** Opens overlay2 where it is known what the kernel and the filesystem can do. */
export async function openOverlay2(init: DriverInit, kernel: KernelFacts): Promise<Driver> {
  const { host, home, durability, idMaps = noIdMaps, limits, quirks = noQuirks, warn } = init;
  const layers = new Layers(host, cleanPath(home), quirks);
  const directory = layers.layout.home;
  const owners = ownersOn(host, rootPair(idMaps));
  ensureDirectory(host.fs, directory, homeMode, owners.daemon);
  ensureDirectory(host.fs, join(directory, linkDirectory), linkDirectoryMode, host.system.credentials());
  const options = readOptions(init.options);
  const lock = new DirectoryLock(host, directory);
  const context: Context = { host, layers, kernel, lock, durability, idMaps, limits, options, owners, quirks, warn };
  await recover(context);
  await lock.run(() => {
    refuseSizeWithoutQuotas(host, directory, options);
  });
  return new Overlay2(context);
}

/** The group of the containers' root may pass through what this process owns. */
function ownersOn(host: Host, containerRoot: Owner): Owners {
  return { daemon: { uid: host.system.credentials().uid, gid: containerRoot.gid }, containerRoot };
}
