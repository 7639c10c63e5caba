import type { Timestamp } from '../../../host/index.ts';
import { Malformed } from '../errors.ts';
import { checkLimit, type ArchiveLimits } from '../limits.ts';
import { readDecimal } from './numeric.ts';

/**
 * PAX records, `LENGTH KEY=VALUE\n`, as bytes. Keys and values are byte strings: a value can be any bytes (an attribute's), and
 * a path need not be UTF-8. The checks are those of Go's archive/tar.
 */
export type PaxRecords = ReadonlyMap<string, string>;

/** What a record says: an empty value takes back what was said before, so that the header's field counts. */
export function said(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** Extended attributes: this and their name is the key. */
export const xattrPrefix = 'SCHILY.xattr.';

const sparseOffset = 'GNU.sparse.offset';
const sparseLength = 'GNU.sparse.numbytes';
export const sparseMapKey = 'GNU.sparse.map';

/** The records of an `x` or `g` header. Of a key that comes twice, the last counts. */
export function readPax(bytes: Buffer, limits: ArchiveLimits): PaxRecords {
  const records = new Map<string, string>();
  const pieces: string[] = [];
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const { key, value, next } = readRecord(bytes, at);
    count += 1;
    checkLimit(limits, 'paxRecords', count, 'too many PAX records');
    if (key === sparseOffset || key === sparseLength) addSparsePiece(pieces, key, value);
    else records.set(key, value);
    at = next;
  }
  if (pieces.length > 0) records.set(sparseMapKey, pieces.join(','));
  return records;
}

interface PaxRecord {
  readonly key: string;
  readonly value: string;
  readonly next: number;
}

function readRecord(bytes: Buffer, at: number): PaxRecord {
  let length = 0;
  let from = at;
  for (let digits = 0; ; digits += 1, from += 1) {
    const byte = bytes[from];
    if (byte === 0x20 && digits > 0) break;
    if (byte === undefined || byte < 0x30 || byte > 0x39 || digits > 15)
      throw new Malformed('a PAX record has no length');
    length = length * 10 + (byte - 0x30);
  }
  from += 1;
  const next = at + length;
  if (next > bytes.length || next <= from) throw new Malformed(`a PAX record's length is ${length}`);
  if (bytes[next - 1] !== 0x0a) throw new Malformed('a PAX record does not end with a newline');
  const equals = bytes.indexOf(0x3d, from);
  if (equals < 0 || equals >= next - 1) throw new Malformed('a PAX record has no equals sign');
  const key = bytes.toString('latin1', from, equals);
  const value = bytes.toString('latin1', equals + 1, next - 1);
  checkRecord(key, value);
  return { key, value, next };
}

const textKeys = new Set(['path', 'linkpath', 'uname', 'gname']);

function checkRecord(key: string, value: string): void {
  if (key === '') throw new Malformed('a PAX record has no key');
  if ((textKeys.has(key) ? value : key).includes('\0')) throw new Malformed('a PAX record has a NUL in its text');
}

/** GNU sparse format 0.0: offset and length alternate, one record each. They become the list of format 0.1. */
function addSparsePiece(pieces: string[], key: string, value: string): void {
  const expected = pieces.length % 2 === 0 ? sparseOffset : sparseLength;
  if (key !== expected || value.includes(',')) throw new Malformed('the pieces of a sparse file are out of order');
  pieces.push(value);
}

/** A time: `SECONDS[.FRACTION]`. Digits beyond nanoseconds are cut off, towards zero. */
export function readPaxTime(text: string): Timestamp {
  const dot = text.indexOf('.');
  const whole = dot < 0 ? text : text.slice(0, dot);
  const fraction = dot < 0 ? '' : text.slice(dot + 1);
  if (!digits.test(fraction)) throw new Malformed(`not a time: ${JSON.stringify(text.slice(0, 40))}`);
  const sec = readDecimal(whole);
  const nsec = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (nsec === 0 || !whole.startsWith('-')) return { sec, nsec };
  return { sec: sec - 1, nsec: 1_000_000_000 - nsec };
}

const digits = /^[0-9]*$/;

/** A time as Go writes it: no fraction where there is none, no zeros at its end. */
export function formatPaxTime({ sec, nsec }: Timestamp): string {
  if (nsec === 0) return String(sec);
  const negative = sec < 0;
  const whole = negative ? -(sec + 1) : sec;
  const fraction = String(negative ? 1_000_000_000 - nsec : nsec).padStart(9, '0');
  return `${negative ? '-' : ''}${whole}.${fraction.replace(/0+$/, '')}`;
}

/** One record, its own length included. */
export function formatRecord(key: string, value: string): string {
  const body = key.length + value.length + 3;
  let length = body + String(body).length;
  if (String(length).length !== String(body).length) length = body + String(length).length;
  return `${length} ${key}=${value}\n`;
}
