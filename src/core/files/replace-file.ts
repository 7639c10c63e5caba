import { dirname, join, type Host, type Path } from '../../host/index.ts';
import type { Durability } from '../driver.ts';
import { writeNewFile } from './new-file.ts';
import { Staging } from './staging.ts';
import { syncDirectory } from './sync.ts';

/** A small file as it is to be. */
export interface SmallFile {
  readonly path: Path;
  readonly content: string;
  readonly mode: number;
}

/**
 * Puts a file in the place of what is there, in one step: it is written in a staging directory of `parent`, which is on the same
 * filesystem, and renamed.
 */
export function replaceFile(
  host: Host,
  parent: Path,
  { path, content, mode }: SmallFile,
  durability: Durability,
): void {
  const staging = Staging.create(host, parent);
  try {
    const written = join(staging.directory, 'file');
    writeNewFile(host, written, content, mode, durability);
    try {
      host.fs.rename(written, path);
    } catch (error) {
      host.fs.unlink(written);
      throw error;
    }
  } finally {
    staging.removeEmpty();
  }
  if (durability !== 'none') syncDirectory(host.fs, dirname(path));
}
