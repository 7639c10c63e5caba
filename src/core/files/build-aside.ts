import type { Fd, Host, Path } from '../../host/index.ts';
import { Staging } from './staging.ts';

/** Where something is built aside, and who is told of what could not be cleared away. */
export interface Aside {
  readonly host: Host;
  /** The directory that holds the new one. */
  readonly parent: Path;
  /** What its name begins with; without it that of all staging directories. */
  readonly prefix?: string;
  readonly warn: (message: string) => void;
}

/**
 * Runs `build` with a new directory, 0700, and its descriptor, that a crash would leave for the next one to clear away. What
 * `build` has not renamed into its place by the end is removed, whether it failed or not.
 */
export async function buildAside<T>(
  { host, parent, prefix, warn }: Aside,
  build: (directory: Path, fd: Fd) => Promise<T>,
): Promise<T> {
  const staging = Staging.create(host, parent, prefix);
  try {
    return await build(staging.directory, staging.fd);
  } finally {
    try {
      await staging.remove();
    } catch (error) {
      warn(`left behind: ${String(error)}`);
    }
  }
}
