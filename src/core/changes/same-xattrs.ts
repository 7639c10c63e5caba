import { isSystemError, type Dir, type Fd, type FileSystem, type Name } from '../../host/index.ts';

/** Extended attributes by name; a value is read when it is asked for. */
export interface Xattrs {
  readonly names: readonly string[];
  readonly value: (name: string) => Uint8Array;
}

/** The attributes of an entry that can be part of a layer. */
export function xattrsOf(directory: Dir, name: Name): Xattrs {
  return {
    names: layerAttributes(() => directory.llistxattr(name)),
    value: (attribute) => directory.lgetxattr(name, attribute),
  };
}

/** The attributes of an open directory that can be part of a layer. */
export function xattrsOfOpen(fs: FileSystem, fd: Fd): Xattrs {
  return { names: layerAttributes(() => fs.flistxattr(fd)), value: (attribute) => fs.fgetxattr(fd, attribute) };
}

export function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  if (a.names.length !== b.names.length) return false;
  return a.names.every((name, at) => name === b.names[at] && Buffer.compare(a.value(name), b.value(name)) === 0);
}

/** Overlayfs's own marks are no content, and SELinux labels come with the mount (context=). */
const foreign = /^((trusted|user)\.overlay\.|security\.selinux$)/;

function layerAttributes(list: () => readonly string[]): readonly string[] {
  try {
    return list()
      .filter((name) => !foreign.test(name))
      .sort();
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}
