import { isRegular, type Fd, type Host } from '../../../host/index.ts';
import { Malformed } from '../../archive/errors.ts';
import type { ByteStream } from '../../driver.ts';
import { ImageError } from '../error.ts';
import { gunzip } from '../gzip.ts';
import { ChangedFileError } from './changed-file.ts';
import { Crc64 } from './crc64.ts';
import { MemberPlaces, type LayerViews } from './member-places.ts';
import { parseSplitRecord, type SplitRecord } from './record.ts';

/** Bytes read from a file at once. */
const readSize = 1 << 18;

/**
 * The archive that a layer was made of, out of what was recorded of it (`tar-split.json.gz`) and the layer's view. Chunks are
 * good until the next one is asked for.
 * @throws ChangedFileError at the end of the first file that differs, ImageError where the record is damaged
 */
export async function* reassemble(host: Host, views: LayerViews, split: ByteStream): AsyncGenerator<Uint8Array> {
  const places = new MemberPlaces(host, views);
  try {
    const buffer = Buffer.allocUnsafe(readSize);
    for await (const record of records(split)) {
      if (record.kind === 'bytes') yield record.bytes;
      else if (record.size > 0) yield* content(host, await places.open(record.name), record, buffer);
    }
  } finally {
    places.close();
  }
}

/**
 * Another member of the archive whose name leads to the place of `member`, through a symlink: what was unpacked first is nowhere any
 * more. `undefined` where there is none.
 */
export async function memberInPlaceOf(
  host: Host,
  views: LayerViews,
  split: ByteStream,
  member: string,
): Promise<string | undefined> {
  const places = new MemberPlaces(host, views);
  try {
    const place = await places.directoryOf(member);
    for await (const record of records(split)) {
      if (record.kind === 'bytes' || record.name === member || lastOf(record.name) !== lastOf(member)) continue;
      const other = await places.directoryOf(record.name);
      if (place !== undefined && other?.dev === place.dev && other.ino === place.ino) return record.name;
    }
    return undefined;
  } finally {
    places.close();
  }
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

async function* records(split: ByteStream): AsyncGenerator<SplitRecord> {
  let rest = Buffer.alloc(0);
  for await (const chunk of unpacked(split)) {
    const bytes = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      yield parseSplitRecord(bytes.toString('utf8', from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) throw new ImageError("the record of the archive's headers is cut off");
}

async function* unpacked(split: ByteStream): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzip(split);
  } catch (error) {
    throw error instanceof Malformed ? new ImageError(`the record of the archive's headers: ${error.message}`) : error;
  }
}

function* content(
  { fs }: Host,
  fd: Fd,
  { name, size, crc64 }: SplitRecord & { kind: 'file' },
  buffer: Buffer,
): Generator<Uint8Array> {
  try {
    if (!isRegular(fs.fstat(fd).mode)) throw new ChangedFileError(name, 'is no regular file');
    const crc = new Crc64();
    let left = size;
    while (left > 0) {
      const read = fs.read(fd, buffer.subarray(0, Math.min(left, buffer.length)));
      if (read === 0) throw new ChangedFileError(name, `has ${size - left} bytes instead of ${size}`);
      left -= read;
      crc.update(buffer.subarray(0, read));
      yield buffer.subarray(0, read);
    }
    if (fs.read(fd, buffer.subarray(0, 1)) > 0) throw new ChangedFileError(name, `has more than ${size} bytes`);
    if (!crc.digest().equals(crc64)) throw new ChangedFileError(name, 'has other content');
  } finally {
    fs.close(fd);
  }
}
