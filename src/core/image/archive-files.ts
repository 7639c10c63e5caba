import { pathFromText, textFromPath } from '../../host/index.ts';
import { ArchiveError } from '../archive/errors.ts';
import type { ArchiveEntry } from '../archive/tar/entry.ts';
import { blockSize, paddingOf } from '../archive/tar/header.ts';
import { ArchiveReader } from '../archive/tar/reader.ts';
import type { ByteStream } from '../driver.ts';
import { ImageError } from './error.ts';
import type { ByteSource, ImageFiles } from './files.ts';

/** Bytes read at once while looking for headers. */
const windowSize = 64 * 1024;
/** What the reader gets in place of content, which is not read from the file. */
const blanks = new Uint8Array(1024 * 1024);
/** Links that one name may lead through, as Linux has it. */
const linksMax = 40;

/** A member of the archive that has content, or leads to one. */
type Member =
  | { readonly kind: 'file'; readonly start: number; readonly size: number }
  | { readonly kind: 'link'; readonly target: string };

/**
 * The files of an image in a tar archive, read in place. The archive's headers are read once, its contents only when they
 * are asked for. Of members with the same name the last counts. Hard and symbolic links are followed inside the archive:
 * `docker save` of old writes a layer that two images share only once.
 * @throws ImageError where the file is no tar archive, or ends early
 */
export async function archiveFiles(source: ByteSource): Promise<ImageFiles> {
  const members = await readMembers(source);
  const find = (name: string): (Member & { kind: 'file' }) | undefined => findFile(members, name);
  return {
    label: source.label,
    size: (name) => find(name)?.size,
    read: (name) => {
      const file = find(name);
      if (file === undefined) throw new ImageError(`there is no file ${JSON.stringify(name)} in the archive`);
      return source.read(file.start, file.start + file.size);
    },
  };
}

function findFile(members: ReadonlyMap<string, Member>, name: string): (Member & { kind: 'file' }) | undefined {
  let member = members.get(clean(pathFromText(name)));
  for (let links = 0; member?.kind === 'link' && links < linksMax; links += 1) member = members.get(member.target);
  return member?.kind === 'file' ? member : undefined;
}

async function readMembers(source: ByteSource): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  const headers = new HeaderPass(source, members);
  try {
    await headers.run();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new ImageError(`it cannot be read as a tar archive: ${error.message}`);
  }
  return members;
}

/** Reads headers only: the file position jumps over contents, and the reader is given blanks for them. */
class HeaderPass {
  readonly #source: ByteSource;
  readonly #members: Map<string, Member>;
  readonly #reader: ArchiveReader;
  /** Where in the file the reader is. */
  #at = 0;
  /** Bytes of content of the member whose header has just been read. */
  #content = 0;

  constructor(source: ByteSource, members: Map<string, Member>) {
    this.#source = source;
    this.#members = members;
    this.#reader = new ArchiveReader({
      entry: (entry) => {
        this.#take(entry);
      },
      data: () => undefined,
      end: () => undefined,
    });
  }

  async run(): Promise<void> {
    while (this.#at < this.#source.size) {
      const start = this.#at;
      const end = Math.min(start + windowSize, this.#source.size);
      const window = await bytesOf(this.#source.read(start, end));
      while (this.#at < end) this.#step(window.subarray(this.#at - start, this.#at - start + blockSize));
    }
    this.#reader.close();
  }

  #step(block: Uint8Array): void {
    this.#reader.push(block);
    this.#at += block.length;
    if (this.#content > 0) this.#skipContent();
  }

  #skipContent(): void {
    const length = this.#content + paddingOf(this.#content);
    this.#content = 0;
    for (let left = length; left > 0; left -= blanks.length) this.#reader.push(blanks.subarray(0, left));
    this.#at += length;
  }

  #take(entry: ArchiveEntry): void {
    const name = clean(entry.name);
    if (entry.type === 'file') this.#takeFile(name, entry);
    else if (entry.type === 'hardlink') this.#members.set(name, { kind: 'link', target: clean(entry.linkname) });
    else if (entry.type === 'symlink') this.#members.set(name, { kind: 'link', target: besides(name, entry.linkname) });
  }

  #takeFile(name: string, { size, sparse }: ArchiveEntry): void {
    const text = JSON.stringify(textFromPath(name));
    if (sparse) throw new ImageError(`${text} is a sparse file of the archive, which is not read in place`);
    // The header's block ends one block on: the position moves when the reader has taken it.
    const start = this.#at + blockSize;
    if (start + size > this.#source.size)
      throw new ImageError(`the archive ends within ${text}; the file is truncated`);
    this.#members.set(name, { kind: 'file', start, size });
    this.#content = size;
  }
}

async function bytesOf(stream: ByteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A path without empty and `.` components; `..` takes back one component by the letter. */
function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** What a symlink called `name` points to. */
function besides(name: string, target: string): string {
  const directory = name.slice(0, name.lastIndexOf('/') + 1);
  return clean(target.startsWith('/') ? target : directory + target);
}
