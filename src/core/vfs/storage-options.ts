import type { Host, Path } from '../../host/index.ts';
import type { CreateOptions } from '../driver.ts';
import { ProjectQuotas, QuotaNotSupportedError } from '../quota/project-quotas.ts';
import { parseSize } from '../size-option.ts';
import { parseStorageOption, StorageOptionError } from '../storage-option.ts';

/** What the driver was told when it was opened. */
export interface VfsOptions {
  /** What a layer to be written to may hold unless it says otherwise, in bytes; 0 is no limit. */
  readonly size: number;
  /** Whether extended attributes that a copy cannot be given are told and passed over; without it the copy fails. */
  readonly bestEffortXattrs: boolean;
}

const acceptLoss = 'i_want_broken_containers';

/** The driver's options: `size`, and `vfs.xattrs` with the one value that Docker takes. @throws StorageOptionError, with Docker's texts */
export function readOptions(options: readonly string[]): VfsOptions {
  let size = 0;
  let bestEffortXattrs = false;
  for (const option of options) {
    const { key, value } = parseStorageOption(option);
    switch (key) {
      case 'size':
        size = parseSize(value);
        break;
      case 'vfs.xattrs':
        if (value !== acceptLoss) {
          throw new StorageOptionError(
            'do not set the vfs.xattrs option unless you are willing to accept the consequences',
          );
        }
        bestEffortXattrs = true;
        break;
      default:
        throw new StorageOptionError(`unknown option ${key} for vfs`);
    }
  }
  return { size, bestEffortXattrs };
}

/** The quotas of a home for layers with a limit. @throws StorageOptionError */
export function quotasFor(host: Host, home: Path): ProjectQuotas {
  try {
    return ProjectQuotas.open(host, home);
  } catch (error) {
    throw error instanceof QuotaNotSupportedError ? new StorageOptionError(error.message) : error;
  }
}

/** Looks at the options of a read-only layer. @throws StorageOptionError */
export function checkCreateOptions({ storageOptions = {} }: CreateOptions): void {
  if (Object.keys(storageOptions).length > 0) {
    throw new StorageOptionError('--storage-opt is not supported for vfs on read-only layers');
  }
}

/** The limit of a layer to be written to, in bytes; 0 is none. @throws StorageOptionError */
export function sizeOfLayer({ storageOptions = {} }: CreateOptions, { size }: VfsOptions): number {
  const unknown = Object.keys(storageOptions).find((key) => key !== 'size');
  if (unknown !== undefined) throw new StorageOptionError(`Storage opt ${unknown} not supported`);
  return storageOptions.size === undefined ? size : parseSize(storageOptions.size);
}
