import type { XattrRule } from '../copy/attributes.ts';
import type { KeptXattrs } from '../archive/pack/portable-xattrs.ts';
import type { Driver, DriverInit } from '../driver.ts';
import { ensureDirectory } from '../files/directory.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { cleanPath } from '../files/real-path.ts';
import { noIdMaps, ownerOfNew } from '../id-map.ts';
import { keptXattrs } from '../kept-xattrs.ts';
import { noQuirks } from '../quirks.ts';
import type { Context } from './context.ts';
import { Vfs } from './driver.ts';
import { homeMode, Layers, parentsMode } from './layers.ts';
import { recover } from './recover.ts';
import { quotasFor, readOptions } from './storage-options.ts';

/**
 * Opens vfs on its home, which is made if it is not there; then what crashes have left is cleared away. It works on every
 * filesystem and needs no privileges. An ordinary user's layers are that user's own: an archive with files of other owners,
 * or with devices, is refused with EPERM, as the kernel refuses to make them.
 * @throws StorageOptionError
 */
export async function initVfs({
  host,
  home,
  options,
  durability,
  idMaps = noIdMaps,
  limits,
  quirks = noQuirks,
  warn,
}: DriverInit): Promise<Driver> {
  const read = readOptions(options);
  const layers = new Layers(host, cleanPath(home));
  const own = host.system.credentials();
  const owner = ownerOfNew(host.system, idMaps);
  ensureDirectory(host.fs, layers.home, homeMode, { uid: own.uid, gid: owner.gid });
  ensureDirectory(host.fs, layers.parent, homeMode, { uid: own.uid, gid: owner.gid });
  ensureDirectory(host.fs, layers.parents, parentsMode, own);
  const lock = new DirectoryLock(host, layers.home);
  const xattrs = xattrRule(keptXattrs(quirks), read.bestEffortXattrs ? warn : undefined);
  const context: Context = {
    host,
    layers,
    lock,
    durability,
    idMaps,
    limits,
    options: read,
    xattrs,
    owner,
    quirks,
    warn,
  };
  await recover(context);
  if (read.size > 0) {
    await lock.run(() => {
      quotasFor(host, layers.home);
    });
  }
  return new Vfs(context);
}

/** A copy carries what an archive does. */
function xattrRule(carries: KeptXattrs, warn: ((message: string) => void) | undefined): XattrRule {
  if (warn === undefined) return { carries };
  return {
    carries,
    lost: (attribute, error) => {
      warn(`the attribute ${JSON.stringify(attribute)} could not be copied: ${error.message}`);
    },
  };
}
