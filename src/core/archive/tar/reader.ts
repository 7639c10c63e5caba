import { BlockCutter, type BlockHandler } from './block-cutter.ts';
import { hasContent, type ArchiveEntry } from './entry.ts';
import { decodeEntry, type Extensions } from './entry-decoder.ts';
import { ArchiveFormatError, Malformed, quoted } from '../errors.ts';
import { blockSize, checkSum, isZeroBlock, nameField, readHeader, type Header } from './header.ts';
import { checkLimit, defaultLimits, type ArchiveLimits } from '../limits.ts';
import { readPax, type PaxRecords } from './pax.ts';
import { checkPieces, OldSparseMap, readPaxSparse, SparseMapInData, storedAfterMap, type Piece } from './sparse.ts';

/** Takes the members of an archive, in their order. What it throws ends the reading. */
export interface EntrySink {
  /** A member begins. Its numbers are what the archive says; only the format has been checked. */
  entry(entry: ArchiveEntry): void;
  /** Content of a file, in order; `at` is where it belongs in the file. Between the pieces of a sparse file are holes. */
  data(bytes: Buffer, at: number): void;
  /** The member is complete. */
  end(): void;
}

/** What a block means. */
type Expecting = 'header' | 'second-zero-block' | 'old-sparse-map' | 'sparse-map';

/** A member whose header is complete, but whose sparse map may still be coming. */
interface Member {
  readonly entry: ArchiveEntry;
  /** Bytes of content that the archive stores. */
  readonly stored: number;
  readonly pax: PaxRecords | undefined;
}

/**
 * Reads a tar as its bytes come, by the rules of Go's archive/tar, with which Docker reads layers: v7, ustar, PAX, GNU and star
 * headers, and all sparse formats. `push` calls the sink before it returns; no promise is made for a member.
 *
 * It stands on its own, not on tar-stream: of that only the cutting into blocks would have been left, since its numbers, PAX
 * records, sparse files and ends of archives had to be read anew before it (ecosystem.md 2.2), and at the price of twice the time.
 */
export class ArchiveReader {
  readonly #sink: EntrySink;
  readonly #limits: ArchiveLimits;
  readonly #cutter: BlockCutter;
  #expecting: Expecting = 'header';
  #entries = 0;
  #unpackedBytes = 0;

  /** Where the header is that is being read, for errors; and where the member's first header is. */
  #headerOffset = 0;
  #memberOffset: number | undefined;
  #name: string | undefined;
  /** The member before, which says where one is that has no name yet. */
  #last: string | undefined;

  /** The extension header whose content is being collected, and what the ones before the next member said. */
  #collecting: { readonly typeflag: string; readonly bytes: Buffer; filled: number } | undefined;
  #extensions: Extensions = {};

  /** The member whose map is being read. */
  #member: Member | undefined;
  #oldMap: OldSparseMap | undefined;
  #mapInData: { readonly map: SparseMapInData; blocks: number } | undefined;

  /** Where the content being read goes: the pieces of the file, the one now being filled, and its bytes done. */
  #pieces: readonly Piece[] = [];
  #piece = 0;
  #pieceDone = 0;

  constructor(sink: EntrySink, limits: Partial<ArchiveLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...defaultLimits, ...limits };
    this.#cutter = new BlockCutter(this.#handler());
  }

  /** Bytes of the archive that are done with; while the sink is told of a member, all up to its content. */
  get offset(): number {
    return this.#cutter.offset;
  }

  /** Members so far. */
  get entries(): number {
    return this.#entries;
  }

  /**
   * Takes the next bytes of the archive. After its closing blocks everything is ignored, but has to be read (E6).
   * @throws ArchiveFormatError, and whatever the sink throws; afterwards the reader is of no use.
   */
  push(bytes: Uint8Array): void {
    this.#located(() => {
      this.#cutter.push(bytes);
    });
  }

  /**
   * The archive ends here. Like Go, it may lack the closing blocks and the last padding (E6).
   * @throws ArchiveFormatError where it ends within a member.
   */
  close(): void {
    this.#located(() => {
      const between = this.#expecting === 'header' || this.#expecting === 'second-zero-block';
      if (!between || !this.#cutter.betweenBlocks) throw new Malformed('the archive is cut off');
    });
  }

  /** An error of the bytes, or of whoever decodes them before they come here, with the place that was being read. */
  placed({ message }: Malformed): ArchiveFormatError {
    const after = this.#name === undefined && this.#last !== undefined ? `, after ${quoted(this.#last)}` : '';
    return new ArchiveFormatError(`${message}${after}`, this.#name, this.#headerOffset);
  }

  #located(read: () => void): void {
    try {
      read();
    } catch (error) {
      throw error instanceof Malformed ? this.placed(error) : error;
    }
  }

  #handler(): BlockHandler {
    return {
      block: (chunk, at, offset) => {
        this.#takeBlock(chunk, at, offset);
      },
      content: (bytes) => {
        if (this.#collecting === undefined) this.#takeContent(bytes);
        else this.#collecting.filled += bytes.copy(this.#collecting.bytes, this.#collecting.filled);
      },
      contentEnd: () => {
        if (this.#collecting === undefined) this.#sink.end();
        else this.#endExtension();
      },
    };
  }

  #takeBlock(chunk: Buffer, at: number, offset: number): void {
    switch (this.#expecting) {
      case 'header':
        this.#takeHeader(chunk, at, offset);
        return;
      case 'second-zero-block':
        // One zero block is no end: data that follow it would be hidden from one reader and not from another (E5).
        if (!isZeroBlock(chunk, at)) throw new Malformed('a single zero block is followed by data');
        this.#cutter.finish();
        return;
      case 'old-sparse-map':
        this.#takeOldMap(chunk.subarray(at, at + blockSize));
        return;
      case 'sparse-map':
        this.#takeMapInData(chunk.subarray(at, at + blockSize));
        return;
    }
  }

  #takeHeader(chunk: Buffer, at: number, offset: number): void {
    this.#headerOffset = offset;
    this.#last = this.#name ?? this.#last;
    this.#name = undefined;
    if (isZeroBlock(chunk, at)) {
      this.#expecting = 'second-zero-block';
      return;
    }
    const header = this.#readHeader(chunk, at);
    this.#name = header.name;
    this.#memberOffset ??= offset;
    if (isExtension(header.typeflag)) this.#beginExtension(header);
    else if (header.typeflag === 'S') this.#beginOldSparse(header, chunk.subarray(at, at + blockSize));
    else this.#beginPaxSparse(this.#beginMember(header));
  }

  /** A header whose checksum is right names the member, even where the rest of it makes no sense. */
  #readHeader(chunk: Buffer, at: number): Header {
    checkSum(chunk, at);
    try {
      return readHeader(chunk, at);
    } catch (error) {
      this.#name = nameField(chunk, at);
      throw error;
    }
  }

  #beginExtension(header: Header): void {
    const { size, typeflag } = header;
    if (size < 0) throw new Malformed('the size of an extension header is negative');
    checkLimit(this.#limits, 'extensionBytes', size, 'an extension header is too long');
    this.#collecting = { typeflag, bytes: Buffer.allocUnsafe(size), filled: 0 };
    this.#cutter.expectContent(size);
  }

  #endExtension(): void {
    const { typeflag, bytes } = this.#collecting ?? { typeflag: '', bytes: Buffer.alloc(0) };
    this.#collecting = undefined;
    switch (typeflag) {
      case 'x':
        this.#extensions.pax = readPax(bytes, this.#limits);
        return;
      case 'L':
        this.#extensions.longName = untilNul(bytes);
        return;
      case 'K':
        this.#extensions.longLink = untilNul(bytes);
        return;
      default:
        // A global header must be well-formed; what it says is not applied, as in every Go tool (E3).
        readPax(bytes, this.#limits);
        this.#forgetExtensions();
    }
  }

  #forgetExtensions(): void {
    this.#extensions = {};
    this.#memberOffset = undefined;
  }

  #beginMember(header: Header): Member {
    const { pax } = this.#extensions;
    const entry = decodeEntry(header, this.#extensions, this.#memberOffset ?? 0, this.#limits);
    this.#forgetExtensions();
    this.#name = entry.name;
    this.#entries += 1;
    checkLimit(this.#limits, 'entries', this.#entries, 'too many members');
    return { entry, stored: hasContent(entry.type) ? entry.size : 0, pax };
  }

  #beginOldSparse(header: Header, block: Buffer): void {
    if (header.format !== 'gnu') throw new Malformed('a sparse file of the GNU form is not in a GNU header');
    const member = this.#beginMember(header);
    const map = new OldSparseMap(block, this.#limits);
    this.#member = { ...member, entry: { ...member.entry, sparse: true, size: map.size } };
    this.#oldMap = map;
    this.#endOldMap(map);
  }

  #takeOldMap(block: Buffer): void {
    if (this.#oldMap === undefined) return;
    this.#oldMap.push(block);
    this.#endOldMap(this.#oldMap);
  }

  #endOldMap(map: OldSparseMap): void {
    if (map.extended) {
      this.#expecting = 'old-sparse-map';
      return;
    }
    this.#oldMap = undefined;
    if (this.#member !== undefined) this.#beginContent(this.#member, map.pieces);
  }

  #beginPaxSparse(member: Member): void {
    const { entry, stored, pax } = member;
    const sparse = pax === undefined ? undefined : readPaxSparse(pax, this.#limits);
    if (sparse === undefined) {
      this.#beginContent(member, undefined);
      return;
    }
    if (!hasContent(entry.type)) throw new Malformed(`a ${entry.type} with the map of a sparse file`);
    const { name = entry.name, size = entry.size } = sparse;
    checkLimit(this.#limits, 'nameBytes', name.length, 'the name is too long');
    this.#member = { entry: { ...entry, sparse: true, name, size }, stored, pax };
    if (sparse.map === 'map-in-data') {
      this.#mapInData = { map: new SparseMapInData(this.#limits), blocks: 0 };
      this.#expecting = 'sparse-map';
    } else {
      this.#beginContent(this.#member, sparse.map);
    }
  }

  #takeMapInData(block: Buffer): void {
    if (this.#mapInData === undefined || this.#member === undefined) return;
    this.#mapInData.blocks += 1;
    const member = this.#member;
    const left = storedAfterMap(member.stored, this.#mapInData.blocks);
    const pieces = this.#mapInData.map.push(block);
    if (pieces === undefined) return;
    this.#mapInData = undefined;
    this.#beginContent({ ...member, stored: left }, pieces);
  }

  #beginContent({ entry, stored }: Member, pieces: readonly Piece[] | undefined): void {
    if (pieces !== undefined) checkPieces(pieces, entry.size, stored);
    if (hasContent(entry.type)) this.#unpackedBytes += entry.size;
    checkLimit(this.#limits, 'unpackedBytes', this.#unpackedBytes, 'the files have too many bytes');
    this.#member = undefined;
    this.#expecting = 'header';
    this.#pieces = pieces ?? [{ offset: 0, length: stored }];
    this.#piece = 0;
    this.#pieceDone = 0;
    this.#sink.entry(entry);
    this.#cutter.expectContent(stored);
  }

  /** Hands content on, cut where a hole of a sparse file lies. */
  #takeContent(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const piece = this.#pieces[this.#piece];
      if (piece === undefined) return;
      const length = Math.min(bytes.length - at, piece.length - this.#pieceDone);
      if (length > 0) {
        const whole = length === bytes.length;
        this.#sink.data(whole ? bytes : bytes.subarray(at, at + length), piece.offset + this.#pieceDone);
      }
      at += length;
      this.#pieceDone += length;
      if (this.#pieceDone === piece.length) {
        this.#piece += 1;
        this.#pieceDone = 0;
      }
    }
  }
}

function isExtension(typeflag: string): boolean {
  return typeflag === 'x' || typeflag === 'g' || typeflag === 'L' || typeflag === 'K';
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}
