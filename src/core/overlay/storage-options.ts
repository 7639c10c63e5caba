import type { CreateOptions } from '../driver.ts';
import { parseStorageOption, StorageOptionError } from '../storage-option.ts';

/** The driver has no options. @throws StorageOptionError, with Docker's text */
export function refuseOptions(options: readonly string[]): void {
  for (const option of options) {
    throw new StorageOptionError(`overlay: unknown option ${parseStorageOption(option).key.toLowerCase()}`);
  }
}

/** Neither do its layers: hard links between layers and project quotas exclude each other. @throws StorageOptionError */
export function refuseStorageOptions({ storageOptions = {} }: CreateOptions): void {
  if (Object.keys(storageOptions).length > 0) {
    throw new StorageOptionError('--storage-opt is not supported for overlay');
  }
}
