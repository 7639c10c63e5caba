import { errno, SystemError } from '../host/index.ts';
import type { CreateOptions } from './driver.ts';

/** A storage option that is refused. Nothing was changed. */
export class StorageOptionError extends SystemError {
  constructor(text: string) {
    super(errno.EINVAL, 'storage option');
    this.message = text;
  }
}

/**
 * Takes a storage option `key=value` apart at its first `=`, blanks around both removed, as Docker does.
 * @throws StorageOptionError where there is no `=`
 */
export function parseStorageOption(option: string): { readonly key: string; readonly value: string } {
  const equals = option.indexOf('=');
  if (equals < 0) throw new StorageOptionError(`unable to parse storage-opt key/value: ${option}`);
  return { key: option.slice(0, equals).trim(), value: option.slice(equals + 1).trim() };
}

/** Refuses all options of a driver that has none. @throws StorageOptionError, with Docker's text */
export function refuseOptions(driver: string, options: readonly string[]): void {
  for (const option of options) {
    throw new StorageOptionError(`${driver}: unknown option ${parseStorageOption(option).key.toLowerCase()}`);
  }
}

/** Refuses all options of a layer where layers have none. @throws StorageOptionError, with Docker's text */
export function refuseStorageOptions(driver: string, { storageOptions = {} }: CreateOptions): void {
  if (Object.keys(storageOptions).length > 0) {
    throw new StorageOptionError(`--storage-opt is not supported for ${driver}`);
  }
}
