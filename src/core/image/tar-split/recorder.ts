import { gzipSync } from 'node:zlib';
import { defaultLimits, type ArchiveLimits } from '../../archive/limits.ts';
import { readMemberName } from '../../archive/member-name.ts';
import type { ArchiveEntry } from '../../archive/tar/entry.ts';
import { ArchiveReader, type EntrySink } from '../../archive/tar/reader.ts';
import type { ByteStream } from '../../driver.ts';
import { Crc64 } from './crc64.ts';
import { formatSplitRecord, type SplitRecord } from './record.ts';

/** Characters of lines that are packed together, a gzip member each; and bytes that one line holds, or a little more. */
const packSize = 1 << 20;
/** Bytes that a record may have however little the layer's files may: enough for the headers of ten million. */
const headersMax = 1 << 28;

/** Takes what is recorded, piece by piece. */
export interface SplitOutput {
  append(packed: Uint8Array): void;
}

/**
 * Records what of a layer's archive is not in the layer's files: headers, padding, the end and what follows it. With the files it
 * makes the archive again, bit for bit. It must be given all of the archive, which must be one that is unpacked without error.
 */
export class SplitRecorder {
  readonly #reader: ArchiveReader;
  readonly #names = new Set<string>();
  /** The directories above these names. */
  readonly #above = new Set<string>();
  #repeated = false;
  #lines: string[] = [];
  #lineLength = 0;
  #position = 0;
  readonly #output: SplitOutput;
  readonly #recordMax: number;
  #recordedLength = 0;

  /** The chunk at work, where in the archive it begins, and up to where its bytes are recorded. */
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;
  #recorded = 0;
  /** Bytes as they were, not yet in a line. */
  #raw: Buffer[] = [];
  #rawLength = 0;
  #file: { readonly name: string; readonly size: number; readonly crc: Crc64 } | undefined;

  constructor(output: SplitOutput, limits?: Partial<ArchiveLimits>, recordMax = mostOf(limits)) {
    this.#output = output;
    this.#recordMax = recordMax;
    const sink: EntrySink = {
      entry: (entry) => {
        this.#entry(entry);
      },
      data: (bytes) => {
        this.#data(bytes);
      },
      end: () => {
        this.#end();
      },
    };
    this.#reader = new ArchiveReader(sink, limits);
  }

  push(bytes: Uint8Array): void {
    this.#chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#reader.push(bytes);
    this.#keepUpTo(this.#chunkStart + bytes.length);
    this.#chunkStart += bytes.length;
  }

  /**
   * Appends what is left, and answers whether the archive can be made of the whole. It cannot where names come twice, or take the
   * place of a directory with others: the first file's content is nowhere any more. dockerd refuses such archives. Nor where there
   * is more in the archive that is not in the layer's files (the pieces of sparse files, what follows the end) than the files
   * themselves might be.
   */
  finish(): 'whole' | 'useless' {
    this.#flushRaw();
    this.#pack();
    return this.#isUseless() ? 'useless' : 'whole';
  }

  /** All header bytes up to here are before the file. */
  #entry(entry: ArchiveEntry): void {
    this.#keepUpTo(this.#reader.offset);
    const isOwn = this.#isOwnFile(entry);
    if (!isOwn && entry.type === 'file' && entry.size > 0) return;
    this.#flushRaw();
    this.#file = { name: entry.name, size: isOwn ? entry.size : 0, crc: new Crc64() };
  }

  /** Whether the content will be found under the member's name, and not where a mark, an AUFS link or a hole is. */
  #isOwnFile({ type, name, size, sparse }: ArchiveEntry): boolean {
    const asked = readMemberName(name);
    const path = asked.kind === 'member' ? [...asked.parents, asked.name].join('/') : undefined;
    if (path !== undefined) {
      this.#repeated ||= this.#names.has(path) || (type !== 'directory' && this.#above.has(path));
      this.#noteName(path);
    }
    return path !== undefined && type === 'file' && size > 0 && !sparse;
  }

  #noteName(path: string): void {
    this.#names.add(path);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end);
      if (this.#above.has(above)) return;
      this.#above.add(above);
    }
  }

  #data(bytes: Buffer): void {
    if (this.#file === undefined) return;
    this.#file.crc.update(bytes);
    this.#recorded = this.#chunkStart + (bytes.byteOffset - this.#chunk.byteOffset) + bytes.length;
  }

  #end(): void {
    if (this.#file === undefined) return;
    const { name, size, crc } = this.#file;
    this.#file = undefined;
    this.#put({ kind: 'file', name, size, crc64: crc.digest() });
  }

  #keepUpTo(offset: number): void {
    if (offset <= this.#recorded) return;
    // The chunk belongs to whoever reads the archive, and may be used again.
    const bytes = this.#chunk.subarray(Math.max(0, this.#recorded - this.#chunkStart), offset - this.#chunkStart);
    this.#raw.push(Buffer.from(bytes));
    this.#rawLength += bytes.length;
    this.#recorded = offset;
    if (this.#rawLength >= packSize) this.#flushRaw();
  }

  #flushRaw(): void {
    if (this.#raw.length === 0) return;
    this.#put({ kind: 'bytes', bytes: Buffer.concat(this.#raw) });
    this.#raw = [];
    this.#rawLength = 0;
  }

  #put(record: SplitRecord): void {
    const line = formatSplitRecord(record, this.#position);
    this.#position += 1;
    this.#lines.push(line);
    this.#lineLength += line.length;
    if (this.#lineLength >= packSize) this.#pack();
  }

  #pack(): void {
    if (this.#lines.length === 0 && this.#recordedLength > 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#lineLength = 0;
    if (this.#isUseless()) return;
    const packed = gzipSync(lines.join(''), { level: 1 });
    this.#recordedLength += packed.length;
    if (!this.#isUseless()) this.#output.append(packed);
  }

  #isUseless(): boolean {
    return this.#repeated || this.#recordedLength > this.#recordMax;
  }
}

/** What lies beside the files may take as much as they. */
function mostOf(limits: Partial<ArchiveLimits> | undefined): number {
  return Math.max(headersMax, limits?.unpackedBytes ?? defaultLimits.unpackedBytes);
}

/** The archive as it is, with each chunk recorded once whoever reads it has taken it without an error. */
export async function* recorded(archive: ByteStream, recorder: SplitRecorder): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) {
    yield chunk;
    recorder.push(chunk);
  }
}
