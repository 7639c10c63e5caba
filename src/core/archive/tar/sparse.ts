import { Malformed } from '../errors.ts';
import { checkLimit, type ArchiveLimits } from '../limits.ts';
import { blockSize, field } from './header.ts';
import { readDecimal, readNumeric } from './numeric.ts';
import { said, sparseMapKey, type PaxRecords } from './pax.ts';

/** A stretch of a sparse file that has data. Bytes. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/** What the PAX records say of a sparse file. In `map-in-data` (1.0) the map comes before the content. */
export interface PaxSparse {
  readonly name: string | undefined;
  readonly size: number | undefined;
  readonly map: readonly Piece[] | 'map-in-data';
}

/** GNU sparse formats 0.0, 0.1 and 1.0 in PAX records; `undefined` for a file that is none. */
export function readPaxSparse(records: PaxRecords, limits: ArchiveLimits): PaxSparse | undefined {
  const form = paxForm(records);
  if (form === undefined) return undefined;
  const size = said(records.get('GNU.sparse.size')) ?? said(records.get('GNU.sparse.realsize'));
  return {
    name: said(records.get('GNU.sparse.name')),
    size: size === undefined ? undefined : readDecimal(size),
    map: form === '1.0' ? 'map-in-data' : readPaxMap(records, limits),
  };
}

function paxForm(records: PaxRecords): '0.x' | '1.0' | undefined {
  const major = records.get('GNU.sparse.major') ?? '';
  const minor = records.get('GNU.sparse.minor') ?? '';
  if (major === '0' && (minor === '0' || minor === '1')) return '0.x';
  if (major === '1' && minor === '0') return '1.0';
  if (major !== '' || minor !== '') return undefined;
  return (records.get(sparseMapKey) ?? '') === '' ? undefined : '0.x';
}

function readPaxMap(records: PaxRecords, limits: ArchiveLimits): readonly Piece[] {
  const count = readDecimal(records.get('GNU.sparse.numblocks') ?? '');
  checkCount(count, limits);
  const list = records.get(sparseMapKey) ?? '';
  const numbers = list === '' ? [] : list.split(',');
  if (numbers.length !== 2 * count) throw new Malformed('the map of a sparse file has another length than it says');
  return piecesOf(numbers.map(readDecimal));
}

function checkCount(count: number, limits: ArchiveLimits): void {
  if (count < 0) throw new Malformed('a sparse file has a negative number of pieces');
  checkLimit(limits, 'sparsePieces', count, 'a sparse file has too many pieces');
}

function piecesOf(numbers: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    pieces.push({ offset: numbers[i] ?? 0, length: numbers[i + 1] ?? 0 });
  }
  return pieces;
}

/** The map of format 1.0: decimal numbers, each ending with a newline, in whole blocks before the content. */
export class SparseMapInData {
  readonly #limits: ArchiveLimits;
  readonly #numbers: number[] = [];
  #digits = '';
  /** How many numbers the map has, once the first is there. */
  #total = Infinity;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Takes one block; answers the pieces after the last. */
  push(block: Buffer): readonly Piece[] | undefined {
    for (const byte of block) {
      if (byte !== 0x0a) {
        this.#digits += String.fromCharCode(byte);
        if (this.#digits.length > 20) throw new Malformed('the map of a sparse file is not made of numbers');
        continue;
      }
      this.#take(readDecimal(this.#digits));
      this.#digits = '';
      if (this.#numbers.length === this.#total) return piecesOf(this.#numbers);
    }
    return undefined;
  }

  #take(number: number): void {
    if (this.#total === Infinity) {
      checkCount(number, this.#limits);
      this.#total = 2 * number;
    } else {
      this.#numbers.push(number);
    }
  }
}

/** The old GNU format: four pieces in the header, 21 in each extension block that follows it. */
export class OldSparseMap {
  readonly size: number;
  readonly pieces: Piece[] = [];
  /** Whether another extension block follows. */
  extended: boolean;
  readonly #limits: ArchiveLimits;

  constructor(header: Buffer, limits: ArchiveLimits) {
    const [at, width] = field.gnuRealSize;
    this.size = readNumeric(header, at, width);
    this.#limits = limits;
    this.#takePieces(header, 386, 4);
    this.extended = header[482] !== 0;
  }

  push(block: Buffer): void {
    this.#takePieces(block, 0, 21);
    this.extended = block[504] !== 0;
  }

  #takePieces(block: Buffer, at: number, count: number): void {
    for (let i = 0; i < count; i += 1) {
      const offset = at + 24 * i;
      if (block[offset] === 0) return;
      this.pieces.push({ offset: readNumeric(block, offset, 12), length: readNumeric(block, offset + 12, 12) });
    }
    checkCount(this.pieces.length, this.#limits);
  }
}

/** Refuses maps that go backwards, overlap or leave the file, or that do not account for every byte stored. */
export function checkPieces(pieces: readonly Piece[], size: number, stored: number): void {
  let end = 0;
  let total = 0;
  for (const { offset, length } of pieces) {
    if (length < 0 || offset < end || offset + length > size) {
      throw new Malformed('the map of a sparse file overlaps or leaves the file');
    }
    end = offset + length;
    total += length;
  }
  if (total !== stored) throw new Malformed(`a sparse file stores ${stored} bytes, its map wants ${total}`);
}

/** The blocks that a map in the data may take at most have to be there: what is left of the stored bytes after it. */
export function storedAfterMap(stored: number, mapBlocks: number): number {
  const left = stored - mapBlocks * blockSize;
  if (left < 0) throw new Malformed('the map of a sparse file is longer than its data');
  return left;
}
