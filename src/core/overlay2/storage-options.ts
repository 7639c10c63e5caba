import type { Host, Path } from '../../host/index.ts';
import type { CreateOptions } from '../driver.ts';
import { ProjectQuotas, QuotaNotSupportedError } from '../quota/project-quotas.ts';
import { parseSize } from '../size-option.ts';
import { parseStorageOption, StorageOptionError } from '../storage-option.ts';

/** What the driver was told when it was opened. */
export interface Overlay2Options {
  /** What a layer to be written to may hold unless it says otherwise, in bytes; 0 is no limit. */
  readonly size: number;
}

const sizeOption = 'overlay2.size';

/** Reads the driver's options, before anything is tried. @throws StorageOptionError, with Docker's texts */
export function readOptions(options: readonly string[]): Overlay2Options {
  let size = 0;
  for (const option of options) {
    const { key, value } = parseStorageOption(option);
    if (key.toLowerCase() !== sizeOption) {
      throw new StorageOptionError(`overlay2: unknown option ${key.toLowerCase()}`);
    }
    size = parseSize(value);
  }
  return { size };
}

/** Filesystems that have quotas of projects; Docker knows xfs alone. */
const withProjects: readonly string[] = ['extfs', 'xfs'];

/** Refuses a default size where the filesystem cannot have one. @throws StorageOptionError */
export function refuseSize({ size }: Overlay2Options, backingFilesystem: string): void {
  if (size === 0 || withProjects.includes(backingFilesystem)) return;
  throw new StorageOptionError(
    `Storage Option ${sizeOption} only supported for backingFS XFS. Found ${backingFilesystem}`,
  );
}

/** Refuses a default size where the home cannot be given limits. @throws StorageOptionError */
export function refuseSizeWithoutQuotas(host: Host, home: Path, { size }: Overlay2Options): void {
  if (size === 0) return;
  try {
    ProjectQuotas.open(host, home);
  } catch (error) {
    if (!(error instanceof QuotaNotSupportedError)) throw error;
    throw new StorageOptionError(
      `Storage option ${sizeOption} not supported. Filesystem does not support Project Quota: ${error.message}`,
    );
  }
}

/** Looks at the options of a read-only layer. @throws StorageOptionError */
export function checkCreateOptions(options: CreateOptions): void {
  if (askedSize(options) !== undefined) {
    throw new StorageOptionError('--storage-opt size is only supported for ReadWrite Layers');
  }
}

/** The limit of a layer to be written to, in bytes; 0 is none. @throws StorageOptionError */
export function sizeOfLayer(options: CreateOptions, { size }: Overlay2Options): number {
  const asked = askedSize(options);
  return asked === undefined ? size : parseSize(asked);
}

/** The size that a layer's options ask for, the only one of them that there is, however it is written. @throws StorageOptionError */
function askedSize({ storageOptions = {} }: CreateOptions): string | undefined {
  let size: string | undefined;
  for (const [key, value] of Object.entries(storageOptions)) {
    if (key.toLowerCase() !== 'size') throw new StorageOptionError(`Unknown option ${key.toLowerCase()}`);
    size = value;
  }
  return size;
}

/** The quotas of a home for a layer with a limit. @throws StorageOptionError */
export function quotasFor(host: Host, home: Path): ProjectQuotas {
  try {
    return ProjectQuotas.open(host, home);
  } catch (error) {
    if (!(error instanceof QuotaNotSupportedError)) throw error;
    const text = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option";
    throw new StorageOptionError(`${text}: ${error.message}`);
  }
}
