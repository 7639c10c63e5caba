import { readFileSync } from 'node:fs';
import { memberBytes } from './crafted-member.ts';

/** Bytes in the words of cases.jsonl: a text, hex, a repeated text, or a list of these. */
export type Bytes =
  string | { readonly hex: string } | { readonly repeat: string; readonly count: number } | readonly Bytes[];

/** One member of a crafted layer, or a step that changes its bytes; test/data/layers/README.md says what the fields are. */
export interface CraftedEntry {
  readonly type: string;
  readonly name?: Bytes;
  readonly linkname?: Bytes;
  readonly data?: Bytes;
  readonly uname?: Bytes;
  readonly gname?: Bytes;
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly mtime?: number | string;
  readonly size?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly pax?: Readonly<Record<string, Bytes>>;
  readonly records?: readonly (readonly [Bytes, Bytes] | string | { readonly hex: string })[];
  readonly format?: 'pax' | 'gnu' | 'ustar' | 'v7';
  readonly base256?: readonly string[];
  readonly fields?: Readonly<Record<string, Bytes>>;
  readonly prefix?: Bytes;
  readonly magic?: Bytes;
  readonly typeflag?: Bytes;
  readonly checksum?: 'signed';
  readonly badChecksum?: boolean;
  readonly noPadding?: boolean;
  readonly blocks?: number;
  readonly keep?: number;
  readonly drop?: number;
  readonly at?: number;
}

/** A stack of layers, base first. */
export interface LayerCase {
  readonly id: string;
  readonly group: string;
  readonly why: string;
  readonly layers: readonly (readonly CraftedEntry[])[];
}

const data = new URL('../../data/layers/', import.meta.url);

/** The lines of a file of test/data/layers. */
export function readLines(name: string): unknown[] {
  const lines = readFileSync(new URL(name, data), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
}

export function layerCases(): LayerCase[] {
  // A compressed layer is not a matter of the archive but of the image.
  const cases = readLines('cases.jsonl') as LayerCase[];
  return cases.filter(({ layers }) => !layers.flat().some(({ type }) => type === '@compress'));
}

/** The bytes of a crafted layer, always the same. */
export function layerBytes(entries: readonly CraftedEntry[]): Buffer {
  const parts = entries.filter(({ type }) => !type.startsWith('@') || type === '@raw').map(partBytes);
  const { blocks = 2 } = entries.findLast(({ type }) => type === '@end') ?? {};
  return entries.reduce(changed, Buffer.concat([...parts, Buffer.alloc(512 * blocks)]));
}

function partBytes(entry: CraftedEntry): Buffer {
  return entry.type === '@raw' ? bytesOf(entry.data) : memberBytes(entry);
}

function changed(bytes: Buffer, entry: CraftedEntry): Buffer {
  const { at = 0 } = entry;
  const patch = bytesOf(entry.data);
  switch (entry.type) {
    case '@truncate':
      return bytes.subarray(0, entry.keep ?? bytes.length - (entry.drop ?? 0));
    case '@append':
      return Buffer.concat([bytes, patch]);
    case '@patch':
      return Buffer.concat([bytes.subarray(0, at), patch, bytes.subarray(at + patch.length)]);
    default:
      return bytes;
  }
}

export function bytesOf(value: Bytes | undefined): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if ('hex' in value) return Buffer.from(value.hex, 'hex');
  if ('repeat' in value) return Buffer.from(value.repeat.repeat(value.count), 'utf8');
  return Buffer.concat(value.map(bytesOf));
}
