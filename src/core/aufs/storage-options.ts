import type { CreateOptions } from '../driver.ts';
import { parseStorageOption, StorageOptionError } from '../storage-option.ts';

/** The driver has no options; Docker's takes any, and forgets them. @throws StorageOptionError */
export function refuseOptions(options: readonly string[]): void {
  for (const option of options) {
    throw new StorageOptionError(`aufs: unknown option ${parseStorageOption(option).key.toLowerCase()}`);
  }
}

/** Neither do its layers. @throws StorageOptionError, with Docker's text */
export function refuseStorageOptions({ storageOptions = {} }: CreateOptions): void {
  if (Object.keys(storageOptions).length > 0) {
    throw new StorageOptionError('--storage-opt is not supported for aufs');
  }
}
