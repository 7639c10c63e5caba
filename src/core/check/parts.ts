import { isDirectory, isSystemError, type Dirent, type Host, type Path } from '../../host/index.ts';
import { makeDirectory, type Owner } from '../files/directory.ts';
import type { ParentId } from '../layer-id.ts';
import type { Finding } from './finding.ts';

/** A directory that a home or a layer must have, and how it is made. */
export interface Part {
  readonly layer: ParentId;
  readonly path: Path;
  readonly mode: number;
  readonly owner: Owner;
}

/** Directories that are not there though they need not hold anything. */
export function missingParts(host: Host, parts: readonly Part[]): readonly Finding[] {
  return parts
    .filter(({ path }) => !isDirectoryAt(host, path))
    .map(({ layer, path, mode, owner }) => {
      const by = (): void => {
        makeDirectory(host.fs, path, mode, owner);
      };
      return { kind: 'part', layer, path, what: 'this directory is missing', remedy: { words: 'make it', by } };
    });
}

export function isDirectoryAt(host: Host, path: Path): boolean {
  const found = host.fs.lstatIfExists(path);
  return found !== undefined && isDirectory(found.mode);
}

/** The entries of a directory; none where it is not there. */
export function entriesOf(host: Host, directory: Path): readonly Dirent[] {
  try {
    return host.fs.readdir(directory);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}
