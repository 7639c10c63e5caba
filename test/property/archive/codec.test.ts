import fc from 'fast-check';
import { extract } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { ArchiveError } from '../../../src/core/archive/index.ts';
import { archiveOf, members, type NewMember } from './random-members.ts';
import { cut, readArchive, readChunks, type ReadMember } from './reading.ts';

const places = fc.array(fc.nat({ max: 1 << 20 }), { maxLength: 12 });

function asWritten({ entry, content }: ReadMember): NewMember {
  const { type, name, linkname, mode, uid, gid, size, mtime, devmajor, devminor, xattrs } = entry;
  return { entry: { type, name, linkname, mode, uid, gid, size, mtime, devmajor, devminor, xattrs }, content };
}

describe('reading what was written', () => {
  test('gives every member back, with all its bytes', () => {
    fc.assert(
      fc.property(members, (list) => {
        expect(readArchive(archiveOf(list)).map(asWritten)).toEqual(list);
      }),
    );
  });

  test('does not depend on how the bytes come', () => {
    fc.assert(
      fc.property(members, places, (list, cuts) => {
        const archive = archiveOf(list);
        expect(readChunks(cut(archive, cuts))).toEqual(readArchive(archive));
      }),
    );
  });

  test('works a byte at a time', () => {
    fc.assert(
      fc.property(members, (list) => {
        const archive = archiveOf(list);
        const bytes = [...archive].map((byte) => Buffer.of(byte));
        expect(readChunks(bytes)).toEqual(readArchive(archive));
      }),
      { numRuns: 20 },
    );
  });

  test('tells where each member begins', () => {
    fc.assert(
      fc.property(members, (list) => {
        const read = readArchive(archiveOf(list));
        const begins = list.map((_, i) => archiveOf(list.slice(0, i)).length - 1024);
        expect(read.map(({ entry }) => entry.offset)).toEqual(begins);
      }),
    );
  });

  test('ends where the archive ends, however much follows', () => {
    fc.assert(
      fc.property(members, fc.uint8Array({ maxLength: 2000 }), (list, rest) => {
        const archive = archiveOf(list);
        expect(readArchive(Buffer.concat([archive, rest]))).toEqual(readArchive(archive));
      }),
    );
  });
});

describe('a damaged archive', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });

  test('is read or refused with a place, and never anything else', () => {
    fc.assert(
      fc.property(members, damage, places, (list, changes, cuts) => {
        const archive = archiveOf(list);
        for (const [at, byte] of changes) archive[at % archive.length] = byte;
        expectReadOrRefused(cut(archive, cuts), archive.length);
      }),
    );
  });

  test('that is cut off is refused, but for a cut in padding or between members', () => {
    fc.assert(
      fc.property(members, fc.nat(), (list, length) => {
        const archive = archiveOf(list);
        const whole = readArchive(archive);
        const read = expectReadOrRefused([archive.subarray(0, length % archive.length)], archive.length);
        if (read !== undefined) expect(read).toEqual(whole.slice(0, read.length));
      }),
    );
  });

  test('that is no archive at all is refused or empty', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (noise) => {
        expectReadOrRefused([noise], noise.length);
      }),
    );
  });
});

function expectReadOrRefused(chunks: Uint8Array[], length: number): ReadMember[] | undefined {
  try {
    return readChunks(chunks);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(length);
    expect(error.message).toContain(`byte ${error.offset} of the archive`);
    // Its own name, or that of the member before it.
    if (error.offset > 0) expect(error.message).toMatch(/".*"/s);
    return undefined;
  }
}

// tar-stream is another's reader. It knows no PAX but names and sizes (ecosystem.md 2.2), so that it is asked for these.
test('another reader finds the same members', async () => {
  const textual = members.map((list) => list.filter(({ entry }) => isPlain(entry.name) && isPlain(entry.linkname)));
  await fc.assert(
    fc.asyncProperty(textual, async (list) => {
      const found = await readWithTarStream(archiveOf(list));
      expect(found).toEqual(list.map(forTarStream));
    }),
    { numRuns: 40 },
  );
});

/** It takes a trailing slash in a link's name away, and knows names as UTF-8 only. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && !text.endsWith('//');
}

interface Plain {
  readonly name: string;
  readonly type: string;
  readonly linkname: string;
  readonly content: string;
}

const tarStreamTypes: Readonly<Record<string, string>> = { hardlink: 'link' };

function forTarStream({ entry, content }: NewMember): Plain {
  const { name, type, linkname } = entry;
  return { name, type: tarStreamTypes[type] ?? type, linkname, content: content.toString('hex') };
}

async function readWithTarStream(archive: Buffer): Promise<Plain[]> {
  const found: Plain[] = [];
  const reader = extract();
  reader.end(archive);
  for await (const member of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of member) chunks.push(chunk as Buffer);
    // Its types do not say so, but a target that is not there is null.
    const { name, type } = member.header;
    const linkname = member.header.linkname as string | null;
    found.push({ name, type, linkname: linkname ?? '', content: Buffer.concat(chunks).toString('hex') });
  }
  return found;
}
