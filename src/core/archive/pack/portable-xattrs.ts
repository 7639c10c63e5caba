import { isSystemError, type Dir, type Fd, type FileSystem, type Name } from '../../../host/index.ts';
import { isOverlayXattr } from '../lower-stack.ts';
import { noXattrs } from '../tar/entry.ts';

/**
 * Whether an attribute belongs into a layer: all do but overlayfs's own, and those that only this host can read, the SELinux
 * label (its policy) and the EVM seal (its key). Docker keeps `security.capability` alone, and so loses what containers set
 * (moby#35699).
 */
export function isPortable(name: string): boolean {
  return !isOverlayXattr(name) && name !== 'security.selinux' && name !== 'security.evm';
}

/** The attributes of a file that belong into a layer, and the names of those that are overlayfs's own. */
export interface LayerXattrs {
  readonly portable: ReadonlyMap<string, Uint8Array>;
  readonly overlay: readonly string[];
}

/** The attributes of a name. */
export function layerXattrs(dir: Dir, name: Name): LayerXattrs {
  return collect(
    () => dir.llistxattr(name),
    (attribute) => dir.lgetxattr(name, attribute),
  );
}

/** The attributes of an open file. */
export function layerXattrsOf(fs: FileSystem, fd: Fd): LayerXattrs {
  return collect(
    () => fs.flistxattr(fd),
    (attribute) => fs.fgetxattr(fd, attribute),
  );
}

/** The attributes of a name that belong into a layer. */
export function portableXattrs(dir: Dir, name: Name): ReadonlyMap<string, Uint8Array> {
  return layerXattrs(dir, name).portable;
}

/** The attributes of an open file that belong into a layer. */
export function portableXattrsOf(fs: FileSystem, fd: Fd): ReadonlyMap<string, Uint8Array> {
  return layerXattrsOf(fs, fd).portable;
}

const nothing: LayerXattrs = { portable: noXattrs, overlay: [] };

function collect(list: () => readonly string[], read: (name: string) => Uint8Array): LayerXattrs {
  const names = unlessMissing(list);
  if (names === undefined || names.length === 0) return nothing;
  const portable = new Map<string, Uint8Array>();
  for (const name of names) {
    const value = isPortable(name) ? unlessMissing(() => read(name)) : undefined;
    if (value !== undefined) portable.set(name, value);
  }
  return { portable, overlay: names.filter(isOverlayXattr) };
}

/** A filesystem may have no attributes, and one that was listed may be gone. */
function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP', 'ENODATA')) return undefined;
    throw error;
  }
}
