import type { CreateOptions } from '../driver.ts';
import { parseStorageOption, StorageOptionError } from '../storage-option.ts';

/** What the driver was told when it was opened. */
export interface VfsOptions {
  /** Whether extended attributes that a copy cannot be given are told and passed over; without it the copy fails. */
  readonly bestEffortXattrs: boolean;
}

const acceptLoss = 'i_want_broken_containers';
const noQuota = 'Filesystem does not support, or has not enabled quotas';

/**
 * The driver's options: `vfs.xattrs`, with the one value that Docker takes. `size` needs project quotas, which this driver
 * does not set; it is refused rather than forgotten.
 * @throws StorageOptionError, with Docker's texts
 */
export function readOptions(options: readonly string[]): VfsOptions {
  let bestEffortXattrs = false;
  for (const option of options) {
    const { key, value } = parseStorageOption(option);
    switch (key) {
      case 'size':
        throw new StorageOptionError(noQuota);
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
  return { bestEffortXattrs };
}

/** Looks at the options of a read-only layer. @throws StorageOptionError */
export function checkCreateOptions({ storageOptions = {} }: CreateOptions): void {
  if (Object.keys(storageOptions).length > 0) {
    throw new StorageOptionError('--storage-opt is not supported for vfs on read-only layers');
  }
}

/** Looks at the options of a layer to be written to. @throws StorageOptionError */
export function checkCreateReadWriteOptions({ storageOptions = {} }: CreateOptions): void {
  for (const key of Object.keys(storageOptions)) {
    throw new StorageOptionError(key === 'size' ? noQuota : `Storage opt ${key} not supported`);
  }
}
