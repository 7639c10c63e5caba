import { ArchiveReader, type ArchiveEntry, type ArchiveLimits } from '../../../src/core/archive/index.ts';

/** A member with its content as it was read, holes as zeros. */
export interface ReadMember {
  readonly entry: ArchiveEntry;
  readonly content: Buffer;
}

/** Reads chunks of an archive to the end. */
export function readChunks(chunks: Iterable<Uint8Array>, limits: Partial<ArchiveLimits> = {}): ReadMember[] {
  const members: ReadMember[] = [];
  let current: { readonly entry: ArchiveEntry; readonly pieces: [at: number, bytes: Buffer][] } | undefined;
  const reader = new ArchiveReader(
    {
      entry(entry) {
        current = { entry, pieces: [] };
      },
      data(bytes, at) {
        current?.pieces.push([at, Buffer.from(bytes)]);
      },
      end() {
        if (current === undefined) throw new Error('an end without a member');
        members.push({ entry: current.entry, content: assemble(current.entry, current.pieces) });
        current = undefined;
      },
    },
    limits,
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.close();
  return members;
}

function assemble(entry: ArchiveEntry, pieces: readonly [number, Buffer][]): Buffer {
  const content = Buffer.alloc(entry.type === 'file' ? entry.size : 0);
  for (const [at, bytes] of pieces) bytes.copy(content, at);
  return content;
}

/** Reads a whole archive. */
export function readArchive(archive: Uint8Array, limits: Partial<ArchiveLimits> = {}): ReadMember[] {
  return readChunks([archive], limits);
}

/** Cuts bytes at these places (taken modulo the length), in any order. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length));
}
