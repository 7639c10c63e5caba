import type { CreateOptions } from '../driver.ts';
import { parseStorageOption, StorageOptionError } from '../storage-option.ts';

/**
 * Refuses options that the driver does not know, before anything is tried.
 * @throws StorageOptionError
 */
export function checkKnownOptions(options: readonly string[]): void {
  for (const option of options) {
    const key = parseStorageOption(option).key.toLowerCase();
    if (key !== sizeOption) throw new StorageOptionError(`overlay2: unknown option ${key}`);
  }
}

const sizeOption = 'overlay2.size';

/**
 * The one option that overlay2 has, a default size, needs project quotas, which this driver does not set; it is refused
 * rather than forgotten, with Docker's words for filesystems without them.
 * @throws StorageOptionError
 */
export function refuseSize(options: readonly string[], backingFilesystem: string): void {
  if (options.length === 0) return;
  throw new StorageOptionError(
    backingFilesystem === 'xfs'
      ? `Storage option ${sizeOption} not supported. Filesystem does not support Project Quota: this driver sets none`
      : `Storage Option ${sizeOption} only supported for backingFS XFS. Found ${backingFilesystem}`,
  );
}

/** Looks at the options of a read-only layer. @throws StorageOptionError */
export function checkCreateOptions({ storageOptions = {} }: CreateOptions): void {
  if ('size' in storageOptions) {
    throw new StorageOptionError('--storage-opt size is only supported for ReadWrite Layers');
  }
  refuseUnknown(storageOptions);
}

/** Looks at the options of a layer to be written to. @throws StorageOptionError */
export function checkCreateReadWriteOptions({ storageOptions = {} }: CreateOptions): void {
  if ('size' in storageOptions) {
    throw new StorageOptionError("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  refuseUnknown(storageOptions);
}

function refuseUnknown(storageOptions: Readonly<Record<string, string>>): void {
  const [key] = Object.keys(storageOptions);
  if (key !== undefined) throw new StorageOptionError(`Unknown option ${key.toLowerCase()}`);
}
