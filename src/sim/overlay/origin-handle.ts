import { errno } from '../../host/errno.ts';

/**
 * The file handles that overlay stores: `00 fb LEN FLAGS TYPE UUID[16] FID...` (struct ovl_fb). They tie a copied-up object
 * to the lower one that it came from.
 */
export interface OriginHandle {
  /** All of it, as stored. */
  readonly bytes: Uint8Array;
}

const version = 0;
const magic = 0xfb;
const headerSize = 21;
const uuidOffset = 5;

const FLAG_BIG_ENDIAN = 1;
const FLAG_ANY_ENDIAN = 2;
/** The handle of an upper object. */
const FLAG_PATH_UPPER = 4;
const knownFlags = FLAG_BIG_ENDIAN | FLAG_ANY_ENDIAN | FLAG_PATH_UPPER;

/** Of which side the object of a handle is. */
export type HandleSide = 'upper' | 'lower';

/** Writes a handle: `type` and `fid` as the filesystem encoded the object; a null `uuid` where uuid=off. */
export function encodeOrigin(side: HandleSide, type: number, uuid: Uint8Array | null, fid: Uint8Array): OriginHandle {
  const bytes = new Uint8Array(headerSize + fid.length);
  bytes[0] = version;
  bytes[1] = magic;
  bytes[2] = bytes.length;
  bytes[3] = side === 'upper' ? FLAG_PATH_UPPER : 0;
  bytes[4] = type;
  if (uuid !== null) bytes.set(uuid, uuidOffset);
  bytes.set(fid, headerSize);
  return { bytes };
}

/** Reads a stored handle: ENODATA where it says nothing to this kernel, EINVAL where it is none (ovl_check_fb_len). */
export function parseOrigin(bytes: Uint8Array): OriginHandle | number {
  const length = bytes[2] ?? 0;
  if (bytes.length < headerSize || bytes.length < length || bytes[1] !== magic) return -errno.EINVAL;
  const flags = bytes[3] ?? 0;
  if ((bytes[0] ?? 0) > version || (flags & ~knownFlags) !== 0) return -errno.ENODATA;
  if ((flags & FLAG_ANY_ENDIAN) === 0 && (flags & FLAG_BIG_ENDIAN) !== 0) return -errno.ENODATA;
  return { bytes };
}

export function isUpperHandle({ bytes }: OriginHandle): boolean {
  return ((bytes[3] ?? 0) & FLAG_PATH_UPPER) !== 0;
}

export function handleType({ bytes }: OriginHandle): number {
  return bytes[4] ?? 0;
}

export function handleUuid({ bytes }: OriginHandle): Uint8Array {
  return bytes.subarray(uuidOffset, headerSize);
}

export function handleFid({ bytes }: OriginHandle): Uint8Array {
  return bytes.subarray(headerSize, bytes[2]);
}

/** Whether two handles say the same, byte for byte. */
export function sameHandle(one: OriginHandle, other: OriginHandle): boolean {
  return sameBytes(one.bytes, other.bytes.subarray(0, other.bytes[2]));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

/** The name of a handle's entry in the index: all its bytes in hexadecimal (R161). */
export function indexName({ bytes }: OriginHandle): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

const hexadecimal = /^(?:[0-9a-fA-F]{2})+/;

/** The bytes of an index entry's name, `undefined` for a name that is none. An odd last digit is not looked at. */
export function bytesOfIndexName(name: string): Uint8Array | undefined {
  if (name.length < headerSize * 2) return undefined;
  const digits = hexadecimal.exec(name)?.[0];
  if (digits?.length !== name.length - (name.length % 2)) return undefined;
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
