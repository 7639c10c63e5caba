import { MemoryNode } from './store.ts';
import { PageMap } from './page-map.ts';

/** Bytes of a file that one memfs node keeps. Files beyond it have a node for each further piece that was written to. */
const pieceSize = 1 << 20;

/** What is kept of a file's bytes: each piece with its number. */
export interface SavedContent {
  readonly pages: readonly number[];
  readonly pieces: readonly (readonly [number, Uint8Array])[];
}

/**
 * The bytes of a regular file, up to sizes that no memory holds: memfs nodes for what was written, and a map of the pages
 * that are no holes. The size is the inode's; bytes beyond what is kept are zero.
 */
export class FileContent {
  readonly pages = new PageMap();
  /** What is kept: a node, or bytes that others have as well and that nobody has asked for here yet. */
  readonly #pieces = new Map<number, MemoryNode | Uint8Array>();

  /** Fills `buffer` with the bytes at `position`. */
  read(buffer: Uint8Array, position: number): void {
    forEachPiece(position, buffer.length, (piece, within, offset, length) => {
      const part = bufferOf(buffer, offset, length);
      const copied = this.#node(piece)?.read(part, 0, length, within) ?? 0;
      part.fill(0, copied);
    });
  }

  /** Stores bytes at `position`. The pages have been asked for by the caller. */
  write(bytes: Uint8Array, position: number): void {
    forEachPiece(position, bytes.length, (piece, within, offset, length) => {
      this.#takeNode(piece).write(bufferOf(bytes, offset, length), 0, length, within);
    });
  }

  /** Forgets all bytes from `size` on. */
  truncate(size: number): void {
    const last = Math.floor(size / pieceSize);
    const within = size - last * pieceSize;
    for (const piece of this.#pieces.keys())
      if (piece > last || (within === 0 && piece === last)) this.#pieces.delete(piece);
    const node = this.#node(last);
    if (node !== undefined && node.getSize() > within) node.truncate(within);
  }

  /** Makes the bytes from `from` up to `to` zero. */
  zero(from: number, to: number): void {
    for (const piece of this.#pieces.keys()) {
      const node = this.#takeNode(piece);
      const start = Math.max(from - piece * pieceSize, 0);
      const end = Math.min(to - piece * pieceSize, node.getSize());
      if (start < end) node.write(Buffer.alloc(end - start), 0, end - start, start);
    }
  }

  /** Takes all bytes of another file, without a copy. */
  shareFrom(other: FileContent): void {
    this.pages.release(0, Infinity);
    this.#pieces.clear();
    this.restore(other.save());
  }

  /** What is kept, shared with this file until one of the two is written to. */
  save(): SavedContent {
    const pieces: (readonly [number, Uint8Array])[] = [];
    for (const [piece, kept] of this.#pieces) pieces.push([piece, kept instanceof MemoryNode ? kept.share() : kept]);
    return { pages: this.pages.save(), pieces };
  }

  restore({ pages, pieces }: SavedContent): void {
    this.pages.restore(pages);
    for (const [piece, bytes] of pieces) this.#pieces.set(piece, bytes);
  }

  #node(piece: number): MemoryNode | undefined {
    const kept = this.#pieces.get(piece);
    return kept === undefined || kept instanceof MemoryNode ? kept : this.#takeNode(piece);
  }

  #takeNode(piece: number): MemoryNode {
    const kept = this.#pieces.get(piece);
    if (kept instanceof MemoryNode) return kept;
    const node = new MemoryNode(0, 0, 0, 0);
    if (kept !== undefined) node.adopt(bufferOf(kept, 0, kept.length));
    this.#pieces.set(piece, node);
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
