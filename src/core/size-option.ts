import { StorageOptionError } from './storage-option.ts';

const multipliers = new Map(['k', 'm', 'g', 't', 'p'].map((prefix, n) => [prefix, 1024 ** (n + 1)]));

/** A number as Go's ParseFloat takes it, but for `Inf`, `NaN` and hexadecimal ones. */
const numberShape = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const suffixShape = /^(?:b|([kmgtp])(?:i?b)?)?$/i;

/** From here on int64 cannot hold it. */
const sizesEnd = 2 ** 63;

/**
 * Bytes of a size as people write it, `10G`, `1.5 GiB`, `.5t` or `4096`, in powers of 1024; what is less than a byte is cut off
 * (go-units, RAMInBytes).
 * @throws StorageOptionError, with the texts of go-units
 */
export function parseSize(size: string): number {
  const [, words = '', suffix = ''] = /^(.*[\d. ])([^\d. ]*)$/s.exec(size) ?? [];
  if (words === '') throw new StorageOptionError(`invalid size: '${size}'`);
  // One blank may stand before the unit.
  const number = words.endsWith(' ') ? words.slice(0, -1) : words;
  if (!numberShape.test(number)) {
    throw new StorageOptionError(`strconv.ParseFloat: parsing ${JSON.stringify(number)}: invalid syntax`);
  }
  const unit = suffixShape.exec(suffix);
  if (Number(number) < 0) throw new StorageOptionError(`invalid size: '${size}'`);
  if (unit === null) throw new StorageOptionError(`invalid suffix: '${suffix.toLowerCase()}'`);
  const bytes = Math.floor(Number(number) * (multipliers.get(unit[1]?.toLowerCase() ?? '') ?? 1));
  if (bytes >= sizesEnd) throw new StorageOptionError(`invalid size: '${size}'`);
  return bytes;
}
