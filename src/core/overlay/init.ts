import { filesystemName, type Host, type Path } from '../../host/index.ts';
import type { Driver, DriverInit } from '../driver.ts';
import { IncompatibleFilesystemError } from '../errors.ts';
import { ensureDirectory, nearestDirectory } from '../files/directory.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { cleanPath } from '../files/real-path.ts';
import { noIdMaps, rootPair } from '../id-map.ts';
import { noQuirks } from '../quirks.ts';
import { learnKernelFacts } from '../overlay2/kernel-facts.ts';
import type { Context } from './context.ts';
import { driverName, Overlay } from './driver.ts';
import { homeMode, Layers } from './layers.ts';
import { recover } from './recover.ts';
import { refuseOptions } from '../storage-option.ts';

/**
 * Opens overlay on its home, which is made if it is not there. First the kernel and the filesystem are tried in a scratch
 * directory, so that nothing is left where the driver cannot work; then what crashes have left is cleared away.
 * @throws NotSupportedError, DTypeNotSupportedError, IncompatibleFilesystemError, StorageOptionError
 */
export async function initOverlay({
  host,
  home,
  options,
  durability,
  idMaps = noIdMaps,
  limits,
  quirks = noQuirks,
  warn,
}: DriverInit): Promise<Driver> {
  refuseOptions(driverName, options);
  const layers = new Layers(host, cleanPath(home));
  const nearest = nearestDirectory(host.fs, layers.home);
  mustCarryOverlay(host, nearest);
  const kernel = await learnKernelFacts(host, driverName, nearest);
  const containerRoot = rootPair(idMaps);
  const daemon = { uid: host.system.credentials().uid, gid: containerRoot.gid };
  ensureDirectory(host.fs, layers.home, homeMode, daemon);
  const lock = new DirectoryLock(host, layers.home);
  const context: Context = {
    host,
    quirks,
    layers,
    kernel,
    lock,
    durability,
    idMaps,
    limits,
    daemon,
    containerRoot,
    warn,
  };
  await recover(context);
  return new Overlay(context);
}

/** Filesystems that Docker has never let this driver work on, whether the kernel would mount it there or not. */
const incompatible: readonly string[] = ['aufs', 'btrfs', 'ecryptfs', 'nfs', 'overlayfs', 'zfs'];

function mustCarryOverlay(host: Host, directory: Path): void {
  const name = filesystemName(host.statfs(directory).type);
  if (incompatible.includes(name))
    throw new IncompatibleFilesystemError(`'${driverName}' is not supported over ${name}`);
}
