import { StorageOptionError } from './storage-option.ts';

const units = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * Bytes of a size as people write it, `10G`, `1.5 GiB` or `4096`, in powers of 1024 (go-units, RAMInBytes).
 * @throws StorageOptionError
 */
export function parseSize(size: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(size);
  if (match === null) throw new StorageOptionError(`invalid size: '${size}'`);
  const [, number = '', unit = ''] = match;
  return Math.floor(Number(number) * 1024 ** units.indexOf(unit.toLowerCase()));
}
