import {
  isRegular,
  isSystemError,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  type Fd,
  type Host,
  type Path,
  type Root,
  type Stat,
} from '../../../host/index.ts';
import { Malformed, quoted, Refusal } from '../../archive/errors.ts';
import { components } from '../../archive/member-name.ts';
import type { ByteStream } from '../../driver.ts';
import { ImageError } from '../error.ts';
import { gunzip } from '../gzip.ts';
import { Crc64 } from './crc64.ts';
import { parseSplitRecord, type SplitRecord } from './record.ts';

/** Bytes read from a file at once. */
const readSize = 1 << 18;

/** A file that is not what the archive had. */
export class ChangedFileError extends ImageError {
  /** The member's name, a byte string. */
  readonly member: string;

  constructor(member: string, how: string) {
    super(`${quoted(member)} ${how}`);
    this.member = member;
  }
}

/**
 * The archive that a layer was made of, out of what was recorded of it (`tar-split.json.gz`) and the layer's view. Chunks are
 * good until the next one is asked for.
 * @throws ChangedFileError at the end of the first file that differs, ImageError where the record is damaged
 */
export async function* reassemble(host: Host, view: Path, split: ByteStream): AsyncGenerator<Uint8Array> {
  const root = host.fs.openRoot(view);
  try {
    const buffer = Buffer.allocUnsafe(readSize);
    for await (const record of records(split)) {
      if (record.kind === 'bytes') yield record.bytes;
      else if (record.size > 0) yield* content(host, root, record, buffer);
    }
  } finally {
    root.close();
  }
}

/**
 * Another member of the archive whose name leads to the place of `member`, through a symlink: what was unpacked first is nowhere any
 * more. `undefined` where there is none.
 */
export async function memberInPlaceOf(
  host: Host,
  view: Path,
  split: ByteStream,
  member: string,
): Promise<string | undefined> {
  const root = host.fs.openRoot(view);
  try {
    const place = placeOf(host, root, member);
    for await (const record of records(split)) {
      if (record.kind === 'bytes' || record.name === member || lastOf(record.name) !== lastOf(member)) continue;
      const other = placeOf(host, root, record.name);
      if (place !== undefined && other?.dev === place.dev && other.ino === place.ino) return record.name;
    }
    return undefined;
  } finally {
    root.close();
  }
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The directory that a member is in, symlinks followed. */
function placeOf({ fs }: Host, root: Root, name: string): Stat | undefined {
  let fd: Fd;
  try {
    fd = root.openPath(components(name, 'refuse').slice(0, -1).join('/') as Path, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    if (!isSystemError(error) && !(error instanceof Refusal)) throw error;
    return undefined;
  }
  try {
    return fs.fstat(fd);
  } finally {
    fs.close(fd);
  }
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
  root: Root,
  { name, size, crc64 }: SplitRecord & { kind: 'file' },
  buffer: Buffer,
): Generator<Uint8Array> {
  const fd = open(root, name);
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

function open(root: Root, name: string): Fd {
  try {
    return root.openPath(components(name, 'refuse').join('/') as Path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    if (!isSystemError(error) && !(error instanceof Refusal)) throw error;
    throw new ChangedFileError(name, `cannot be read: ${error.message}`);
  }
}
