import { digest, type Digest } from './digest.ts';
import { hasDigest } from './hashing.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';

/** Bytes of the largest JSON document of an image that is read; registries and container engines stop at 4 MiB. */
const documentMax = 8 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What a document must be besides JSON. */
export interface Expected {
  /** Bytes, where another document says so. */
  readonly size?: number;
  readonly digest?: Digest;
}

/** Reads a JSON document. @throws ImageError */
export async function readDocument(files: ImageFiles, name: string, expected: Expected = {}): Promise<Json> {
  return parseDocument(await readDocumentBytes(files, name, expected), name);
}

/** The bytes of a document, not yet parsed. @throws ImageError where it is missing, too large, or not as expected */
export async function readDocumentBytes(files: ImageFiles, name: string, expected: Expected): Promise<Uint8Array> {
  const size = files.size(name);
  if (size === undefined) throw new ImageError(`${name} is missing`);
  if (expected.size !== undefined && size !== expected.size) {
    throw new ImageError(`${name} has ${size} bytes instead of ${expected.size}; the image is damaged`);
  }
  if (size > documentMax) throw new ImageError(`${name} has ${size} bytes; at most ${documentMax} are read`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(name)) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  if (expected.digest !== undefined && !hasDigest(bytes, expected.digest)) {
    throw new ImageError(`${name} does not have the digest ${expected.digest}; the image is damaged`);
  }
  return bytes;
}

/** @throws ImageError where the bytes are not JSON in UTF-8 */
export function parseDocument(bytes: Uint8Array, name: string): Json {
  try {
    return new Json(JSON.parse(utf8.decode(bytes)), name);
  } catch (error) {
    throw new ImageError(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A value of a document, with the way to it for errors. Its methods throw ImageError where it is of another kind. */
export class Json {
  readonly #value: unknown;
  readonly #file: string;
  readonly #path: string;

  constructor(value: unknown, file: string, path = '') {
    this.#value = value;
    this.#file = file;
    this.#path = path;
  }

  /** How errors name this value: `manifest.json: [0].Layers`. */
  get where(): string {
    return this.#path === '' ? this.#file : `${this.#file}: ${this.#path}`;
  }

  /** Go's encoding/json writes an absent list or object as null. */
  get isAbsent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  get isObject(): boolean {
    return typeof this.#value === 'object' && this.#value !== null && !Array.isArray(this.#value);
  }

  /** A field of an object. */
  field(name: string): Json {
    if (!this.isObject) throw this.#wrong('an object');
    const fields = this.#value as Record<string, unknown>;
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return new Json(value, this.#file, this.#path === '' ? name : `${this.#path}.${name}`);
  }

  list(): readonly Json[] {
    if (!Array.isArray(this.#value)) throw this.#wrong('a list');
    return this.#value.map((value: unknown, i) => new Json(value, this.#file, `${this.#path}[${i}]`));
  }

  /** A list, or none where the value is absent. */
  listOrNone(): readonly Json[] {
    return this.isAbsent ? [] : this.list();
  }

  text(): string {
    if (typeof this.#value !== 'string') throw this.#wrong('a text');
    return this.#value;
  }

  /** A text, or '' where the value is absent. */
  textOrNone(): string {
    return this.isAbsent ? '' : this.text();
  }

  /** The fields of an object whose values are all texts. */
  texts(): ReadonlyMap<string, string> {
    return new Map([...this.fields()].map(([name, value]) => [name, value.text()]));
  }

  /** The fields of an object, by name. */
  fields(): ReadonlyMap<string, Json> {
    if (!this.isObject) throw this.#wrong('an object');
    return new Map(Object.keys(this.#value as object).map((name) => [name, this.field(name)]));
  }

  /** A number of bytes. */
  size(): number {
    if (!Number.isSafeInteger(this.#value) || (this.#value as number) < 0) throw this.#wrong('a size');
    return this.#value as number;
  }

  digest(): Digest {
    return digest(this.text(), this.where);
  }

  #wrong(wanted: string): ImageError {
    const is = this.#value === undefined ? 'is missing' : `is ${JSON.stringify(this.#value).slice(0, 100)}`;
    return new ImageError(`${this.where} ${is}; it must be ${wanted}`);
  }
}
