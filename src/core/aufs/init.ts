import { basename, dirname, errno, filesystemName, SystemError, type Host, type Path } from '../../host/index.ts';
import type { DriverInit } from '../driver.ts';
import { IncompatibleFilesystemError } from '../errors.ts';
import { ensureDirectory, nearestDirectory } from '../files/directory.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { cleanPath } from '../files/real-path.ts';
import { noIdMaps, rootPair } from '../id-map.ts';
import { noQuirks } from '../quirks.ts';
import type { Context } from './context.ts';
import { knowsDirperm1 } from './dirperm.ts';
import { driverName, Aufs } from './driver.ts';
import { AufsNotSupportedError } from './errors.ts';
import { Layers } from './layers.ts';
import { homeMode, Layout, privateMode } from './layout.ts';
import { PathCache } from './path-cache.ts';
import { recover } from './recover.ts';
import { refuseOptions } from '../storage-option.ts';

/**
 * Opens aufs on its home, which is made if it is not there; then what crashes have left is cleared away.
 * @throws AufsNotSupportedError, IncompatibleFilesystemError, StorageOptionError
 */
export async function initAufs({
  host,
  home,
  options,
  durability,
  idMaps = noIdMaps,
  limits,
  quirks = noQuirks,
  warn,
}: DriverInit): Promise<Aufs> {
  // Docker's aufs takes any, and forgets them.
  refuseOptions(driverName, options);
  mustHaveAufs(host);
  const layout = new Layout(cleanPath(home));
  mustBeBranch(layout.home);
  const backingFilesystem = filesystemBelow(host, nearestDirectory(host.fs, layout.home));
  const containerRoot = rootPair(idMaps);
  makeDirectories(host, layout, containerRoot.gid);
  const lock = new DirectoryLock(host, layout.home);
  const unprobed = {
    host,
    layers: new Layers(host, layout),
    lock,
    durability,
    idMaps,
    limits,
    containerRoot,
    backingFilesystem,
    quirks,
    paths: quirks.has('cache-paths') ? new PathCache(layout) : undefined,
    warn,
  };
  await recover(unprobed);
  const context: Context = { ...unprobed, dirperm1: await knowsDirperm1(host, layout.home, warn) };
  return new Aufs(context);
}

function mustHaveAufs(host: Host): void {
  if (host.system.inUserNamespace()) throw new AufsNotSupportedError('nested');
  const lines = host.procFilesystems().split('\n');
  if (!lines.some((line) => line.includes('aufs'))) throw new AufsNotSupportedError('not found');
}

/** Its layers are branches, whose paths stand in the options of mounts as they are. */
function mustBeBranch(home: Path): void {
  if (!/[,:=]/.test(home)) return;
  const error = new SystemError(errno.EINVAL, 'open aufs', home);
  error.message = `EINVAL: aufs cannot have a comma, a colon or an equals sign in the path of its home, ${basename(home)} in '${dirname(home)}'`;
  throw error;
}

const incompatible: readonly string[] = ['aufs', 'btrfs', 'ecryptfs'];

function filesystemBelow(host: Host, directory: Path): string {
  const name = filesystemName(host.statfs(directory).type);
  if (incompatible.includes(name)) throw new IncompatibleFilesystemError(`AUFS is not supported over ${name}`);
  return name;
}

function makeDirectories(host: Host, layout: Layout, gid: number): void {
  const { home, mounts, diffs, records, holders, unfinished } = layout;
  const { uid } = host.system.credentials();
  for (const directory of [home, mounts, diffs, records]) ensureDirectory(host.fs, directory, homeMode, { uid, gid });
  for (const directory of [holders, unfinished]) {
    ensureDirectory(host.fs, directory, privateMode, host.system.credentials());
  }
}
