import { MemoryNode, type SharedBytes } from './store.ts';
import { PageMap } from './page-map.ts';

/** Bytes of a file that one memfs node keeps. Files beyond it have a node for each further piece that was written to. */
const pieceSize = 1 << 20;

/** What is kept of a file's bytes: each piece by its number. */
export interface SavedContent {
  readonly pages: readonly number[];
  readonly pieces: readonly (SharedBytes & { readonly piece: number })[];
}

/**
 * The bytes of a regular file, up to sizes that no memory holds: memfs nodes for what was written, and a map of the pages
 * that are no holes. The size is the inode's; bytes beyond what is kept are zero.
 */
export class FileContent {
  readonly pages = new PageMap();
  readonly #first: MemoryNode;
  #further: Map<number, MemoryNode> | undefined;

  /** `node` keeps the first piece. */
  constructor(node: MemoryNode) {
    this.#first = node;
  }

  /** Fills `buffer` with the bytes at `position`. */
  read(buffer: Uint8Array, position: number): void {
    forEachPiece(position, buffer.length, (piece, within, offset, length) => {
      const part = bufferOf(buffer, offset, length);
      const copied = this.#piece(piece)?.read(part, 0, length, within) ?? 0;
      part.fill(0, copied);
    });
  }

  /** Stores bytes at `position`. The pages have been asked for by the caller. */
  write(bytes: Uint8Array, position: number): void {
    forEachPiece(position, bytes.length, (piece, within, offset, length) => {
      this.#takePiece(piece).write(bufferOf(bytes, offset, length), 0, length, within);
    });
  }

  /** Forgets all bytes from `size` on. */
  truncate(size: number): void {
    const last = Math.floor(size / pieceSize);
    const within = size - last * pieceSize;
    const piece = this.#piece(last);
    if (piece !== undefined && piece.getSize() > within) piece.truncate(within);
    if (last === 0) this.#further = undefined;
    for (const number of this.#further?.keys() ?? []) if (number > last) this.#further?.delete(number);
  }

  /** Makes the bytes from `from` up to `to` zero. */
  zero(from: number, to: number): void {
    for (const [piece, node] of this.#pieces()) {
      const start = Math.max(from - piece * pieceSize, 0);
      const end = Math.min(to - piece * pieceSize, node.getSize());
      if (start < end) node.write(Buffer.alloc(end - start), 0, end - start, start);
    }
  }

  /** Takes all bytes of another file, without a copy. */
  shareFrom(other: FileContent): void {
    this.pages.release(0, Infinity);
    this.#further = undefined;
    this.restore(other.save());
  }

  /** What is kept, shared with this file until one of the two is written to. */
  save(): SavedContent {
    const pieces = this.#pieces()
      .filter(([, node]) => node.getSize() > 0)
      .map(([piece, node]) => ({ piece, ...node.share() }));
    return { pages: this.pages.save(), pieces };
  }

  restore({ pages, pieces }: SavedContent): void {
    this.pages.restore(pages);
    this.#first.truncate(0);
    for (const { piece, bytes, size } of pieces) this.#takePiece(piece).adopt({ bytes, size });
  }

  #pieces(): (readonly [number, MemoryNode])[] {
    return [[0, this.#first], ...(this.#further ?? [])];
  }

  #piece(number: number): MemoryNode | undefined {
    return number === 0 ? this.#first : this.#further?.get(number);
  }

  #takePiece(number: number): MemoryNode {
    const known = this.#piece(number);
    if (known !== undefined) return known;
    const node = new MemoryNode(0, 0, 0, 0);
    (this.#further ??= new Map()).set(number, node);
    return node;
  }
}

/** Cuts a range of bytes at the borders of pieces: piece, position within it, offset within the range, length. */
function forEachPiece(
  position: number,
  length: number,
  visit: (piece: number, within: number, offset: number, length: number) => void,
): void {
  for (let offset = 0; offset < length;) {
    const piece = Math.floor((position + offset) / pieceSize);
    const within = position + offset - piece * pieceSize;
    const count = Math.min(length - offset, pieceSize - within);
    visit(piece, within, offset, count);
    offset += count;
  }
}

function bufferOf(bytes: Uint8Array, offset: number, length: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
}
