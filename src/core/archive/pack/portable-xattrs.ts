import { isSystemError, type Dir, type Fd, type FileSystem, type Name } from '../../../host/index.ts';
import { isOverlayXattr } from '../lower-stack.ts';
import { noXattrs } from '../tar/entry.ts';

/**
 * Whether an attribute belongs into a layer: all do but overlayfs's own, and those that only this host can read, the SELinux
 * label (its policy) and the EVM seal (its key).
 */
export function isPortable(name: string): boolean {
  return !isOverlayXattr(name) && name !== 'security.selinux' && name !== 'security.evm';
}

/** Which attributes belong into a layer. */
export type KeptXattrs = (name: string) => boolean;

/** The attributes of a file that belong into a layer, and the names of those that are overlayfs's own. */
export interface LayerXattrs {
  readonly kept: ReadonlyMap<string, Uint8Array>;
  readonly overlay: readonly string[];
}

/** The attributes of a name. */
export function layerXattrs(dir: Dir, name: Name, keeps: KeptXattrs): LayerXattrs {
  return collect(
    keeps,
    () => dir.llistxattr(name),
    (attribute) => dir.lgetxattr(name, attribute),
  );
}

/** The attributes of an open file. */
export function layerXattrsOf(fs: FileSystem, fd: Fd, keeps: KeptXattrs): LayerXattrs {
  return collect(
    keeps,
    () => fs.flistxattr(fd),
    (attribute) => fs.fgetxattr(fd, attribute),
  );
}

const nothing: LayerXattrs = { kept: noXattrs, overlay: [] };

function collect(keeps: KeptXattrs, list: () => readonly string[], read: (name: string) => Uint8Array): LayerXattrs {
  const names = unlessMissing(list);
  if (names === undefined || names.length === 0) return nothing;
  const kept = new Map<string, Uint8Array>();
  for (const name of names) {
    const value = keeps(name) ? unlessMissing(() => read(name)) : undefined;
    if (value !== undefined) kept.set(name, value);
  }
  return { kept, overlay: names.filter(isOverlayXattr) };
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
