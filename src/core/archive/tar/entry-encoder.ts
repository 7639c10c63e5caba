import type { Timestamp } from '../../../host/index.ts';
import { hasContent, type EntryType } from './entry.ts';
import { blockSize, field, isAscii, paddingOf, sumOf } from './header.ts';
import { fitsOctal, writeOctal } from './numeric.ts';
import { formatPaxTime, formatRecord, xattrPrefix } from './pax.ts';

/** A member to be written. A directory's name ends with a slash; a symlink or hard link has a target. */
export interface NewEntry {
  readonly type: EntryType;
  readonly name: string;
  readonly linkname: string;
  /** 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  readonly mtime: Timestamp;
  readonly devmajor: number;
  readonly devminor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

const typeflags: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/**
 * The header blocks of a member: ustar, with a PAX header before it only where ustar cannot say it. The bytes are those of
 * Go's archive/tar for the same member in its PAX format, so that layers with whole-second times are Docker's bit for bit.
 */
export function encodeEntry(entry: NewEntry): Buffer {
  const records = recordsOf(entry);
  const main = encodeHeader(entry, typeflags[entry.type]);
  if (records.length === 0) return main;
  const pax = Buffer.from(
    records
      .sort(byKey)
      .map(([key, value]) => formatRecord(key, value))
      .join(''),
    'latin1',
  );
  const header = encodeHeader({ ...paxMember, name: paxName(entry.name), size: pax.length }, 'x');
  return Buffer.concat([header, pax, Buffer.alloc(paddingOf(pax.length)), main]);
}

/** The two zero blocks that end an archive. */
export const endOfArchive: Uint8Array = Buffer.alloc(2 * blockSize);

type Field = readonly [at: number, width: number];

const paxMember = {
  linkname: '',
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: { sec: 0, nsec: 0 },
  devmajor: undefined,
  devminor: undefined,
};

interface HeaderFields extends Pick<NewEntry, 'name' | 'linkname' | 'mode' | 'uid' | 'gid' | 'size' | 'mtime'> {
  readonly devmajor: number | undefined;
  readonly devminor: number | undefined;
}

function encodeHeader(fields: HeaderFields, typeflag: string): Buffer {
  const block = Buffer.allocUnsafe(blockSize).fill(0);
  putText(block, field.name, fields.name);
  putNumber(block, field.mode, fields.mode);
  putNumber(block, field.uid, fields.uid);
  putNumber(block, field.gid, fields.gid);
  putNumber(block, field.size, fields.size);
  putNumber(block, field.mtime, fields.mtime.sec);
  block.write(typeflag, field.typeflag[0], 'latin1');
  putText(block, field.linkname, fields.linkname);
  block.write('ustar\x0000', field.magic[0], 'latin1');
  if (fields.devmajor !== undefined) putNumber(block, field.devmajor, fields.devmajor);
  if (fields.devminor !== undefined) putNumber(block, field.devminor, fields.devminor);
  putChecksum(block);
  return block;
}

/** Text as readers without PAX see it: ASCII only, cut to the field; a cut must not leave a slash at the end. */
function putText(block: Buffer, [at, width]: Field, text: string): void {
  const ascii = isAscii(text) ? text : text.replace(notAscii, '');
  const cut = ascii.length > width && ascii[width - 1] === '/' ? ascii.slice(0, width - 1).replace(/\/+$/, '') : ascii;
  block.write(cut.slice(0, width), at, 'latin1');
}

const notAscii = /[\x00\x80-\xff]/g;

function putNumber(block: Buffer, [at, width]: Field, value: number): void {
  writeOctal(block, at, width, value);
}

function putChecksum(block: Buffer): void {
  const [at, width] = field.checksum;
  writeOctal(block, at, width - 1, sumOf(block, 0));
  block[at + width - 1] = 0x20;
}

type PaxRecord = readonly [key: string, value: string];

function recordsOf(entry: NewEntry): PaxRecord[] {
  const records: PaxRecord[] = [];
  const [, idWidth] = field.uid;
  if (needsRecord(entry.name)) records.push(['path', entry.name]);
  if (needsRecord(entry.linkname)) records.push(['linkpath', entry.linkname]);
  if (!fitsOctal(entry.uid, idWidth)) records.push(['uid', String(entry.uid)]);
  if (!fitsOctal(entry.gid, idWidth)) records.push(['gid', String(entry.gid)]);
  if (hasContent(entry.type) && !fitsOctal(entry.size, field.size[1])) records.push(['size', String(entry.size)]);
  if (entry.mtime.nsec !== 0 || !fitsOctal(entry.mtime.sec, field.mtime[1])) {
    records.push(['mtime', formatPaxTime(entry.mtime)]);
  }
  for (const [name, value] of entry.xattrs) {
    records.push([xattrPrefix + name, Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')]);
  }
  return records;
}

function needsRecord(text: string): boolean {
  return text.length > field.name[1] || !isAscii(text);
}

function byKey([a]: PaxRecord, [b]: PaxRecord): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The name that Go gives to a PAX header. */
function paxName(name: string): string {
  const slash = name.lastIndexOf('/');
  const directory = name
    .slice(0, slash + 1)
    .replace(/^\/+/, '/')
    .replace(/\/+$/, '');
  const file = name.slice(slash + 1);
  const whole = [directory, 'PaxHeaders.0', file].filter((part) => part !== '').join('/');
  return whole.replace(notAscii, '').slice(0, field.name[1]).replace(/\/+$/, '');
}
