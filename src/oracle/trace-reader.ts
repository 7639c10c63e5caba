import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { decodeLine, decodeRecord, RecordError, type DumpRecord, type FileRecord, type StepRecord } from './records.ts';
import type { TemplateRecord, TraceRecord, Tree } from './records.ts';
import type { JsonObject } from './schema.ts';

/** One record of a trace and the line of the file that holds it (a template's records share the template's line). */
export interface Step {
  readonly record: StepRecord;
  readonly line: number;
}

/** One trace: a sequence of calls that begins on a fresh machine. */
export interface Trace {
  readonly file: string;
  readonly header: FileRecord;
  readonly id: string;
  /** The line at which the trace begins. */
  readonly line: number;
  /** Whether inode numbers of the mounted filesystem stay the same when it is mounted again. */
  readonly persistentIno: boolean;
  readonly steps: readonly Step[];
  /** The trees of the file's templates by name: what `merged-diff` and `raw-diff` dumps are differences from. */
  readonly trees: ReadonlyMap<string, Tree>;
}

/** A trace file that breaks the format. The message says file, line and what is wrong there. */
export class TraceFormatError extends Error {
  override readonly name = 'TraceFormatError';
  readonly file: string;
  readonly line: number;
  readonly reason: string;

  constructor(file: string, line: number, reason: string, options?: ErrorOptions) {
    super(`${file}:${line}: ${reason}`, options);
    this.file = file;
    this.line = line;
    this.reason = reason;
  }
}

/** Whether to read a trace; asked once for each, in order. Traces that are left out are not even parsed. */
export type TraceFilter = (id: string) => boolean;

/**
 * Where traces are read, as often as needed: a path, which is also what the file is called, or a copy of what can be read only
 * once, under the name of that.
 */
export type TraceFile = string | { readonly name: string; readonly path: string };

/** What a file is called where people read of it. */
export function nameOf(file: TraceFile): string {
  return typeof file === 'string' ? file : file.name;
}

/**
 * Reads the traces of one file, JSON lines or gzipped JSON lines, one after another: memory holds one trace at a time.
 * Throws TraceFormatError for a file that breaks the format, and what node:fs throws where it cannot be read.
 */
export async function* readTraces(file: TraceFile, filter: TraceFilter = () => true): AsyncGenerator<Trace> {
  const assembler = new TraceAssembler(nameOf(file), filter);
  try {
    for await (const lines of lineBatches(typeof file === 'string' ? file : file.path)) {
      for (const line of lines) {
        const trace = assembler.take(line);
        if (trace !== undefined) yield trace;
      }
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new TraceFormatError(nameOf(file), assembler.line, `damaged gzip data after this line: ${error.message}`);
  }
  assembler.finish();
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

async function* lineBatches(file: string): AsyncGenerator<readonly string[]> {
  const gzipped = isGzip(file);
  const stored = createReadStream(file, { highWaterMark: pieceSize });
  const bytes = gzipped ? stored.pipe(createGunzip({ chunkSize: pieceSize })) : stored;
  // pipe() does not pass an error on, and a destroyed stream must not leave the other open.
  if (bytes !== stored) stored.on('error', (error) => bytes.destroy(error));
  bytes.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of bytes as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
  } finally {
    stored.destroy();
  }
  if (rest !== '') yield [rest];
}

/** How many bytes are read, and unpacked, at a time: each piece costs a turn of the event loop. */
const pieceSize = 1 << 18;

function isGzip(file: string): boolean {
  const fd = openSync(file, 'r');
  try {
    const head = Buffer.alloc(2);
    return readSync(fd, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(fd);
  }
}

/** Puts lines together into traces. */
class TraceAssembler {
  readonly #file: string;
  readonly #filter: TraceFilter;
  readonly #templates = new Map<string, readonly Step[]>();
  readonly #trees = new Map<string, Tree>();
  #header: FileRecord | undefined;
  #open: { readonly record: TraceRecord; readonly line: number; readonly steps: Step[] } | undefined;
  #skipping = false;
  #line = 0;

  constructor(file: string, filter: TraceFilter) {
    this.#file = file;
    this.#filter = filter;
  }

  /** The number of lines taken so far. */
  get line(): number {
    return this.#line;
  }

  /** Takes one line; answers the trace that it ends. */
  take(line: string): Trace | undefined {
    this.#line += 1;
    if (line === '') return undefined;
    if (this.#skipping) {
      this.#skipping = !endLine.test(line);
      return undefined;
    }
    try {
      return this.#takeRecord(decodeLine(line));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      throw new TraceFormatError(this.#file, this.#line, error.message, { cause: error });
    }
  }

  /** After the last line. */
  finish(): void {
    if (this.#open !== undefined) this.#fail(`the file ends within trace ${this.#open.record.id}`);
    if (this.#header === undefined) this.#fail('the file has no "file" record, so it is no trace file');
  }

  #takeRecord(record: ReturnType<typeof decodeLine>): Trace | undefined {
    if (record === undefined) return undefined;
    switch (record.t) {
      case 'file':
        this.#header = record;
        return undefined;
      case 'template':
        this.#template(record);
        return undefined;
      case 'trace':
        this.#begin(record);
        return undefined;
      case 'use':
        this.#use(record.template);
        return undefined;
      case 'end':
        return this.#end();
      default:
        this.#steps().push(this.#step(record));
        return undefined;
    }
  }

  /** A record of a trace or of a template, which needs what stands before it. */
  #step(record: StepRecord): Step {
    if (record.t === 'dump') this.#checkBase(record);
    if (record.t === 'op') this.#checkPlace();
    return { record, line: this.#line };
  }

  /** Operations run below the mount point, but for those of processes whose root it is. */
  #checkPlace(): void {
    if (this.#header?.mnt !== undefined || this.#header?.paths === 'chroot') return;
    this.#fail('the "file" record has no "mnt" on which to run operations');
  }

  #checkBase(record: DumpRecord): void {
    const base = baseOf(record);
    if (base !== undefined && !this.#trees.has(base)) this.#fail(`no template "${base}" stands before this line`);
  }

  #template({ name, records, tree }: TemplateRecord): void {
    if (records !== undefined) {
      this.#templates.set(
        name,
        records.flatMap(stepRecord).map((record) => this.#step(record)),
      );
    }
    if (tree !== undefined) this.#trees.set(name, tree);
  }

  #begin(record: TraceRecord): void {
    if (this.#header === undefined) this.#fail('a trace before the "file" record');
    if (this.#open !== undefined) this.#fail(`trace ${record.id} begins within trace ${this.#open.record.id}`);
    if (this.#filter(record.id)) this.#open = { record, line: this.#line, steps: [] };
    else this.#skipping = true;
  }

  #use(name: string): void {
    const steps = this.#templates.get(name);
    if (steps === undefined) this.#fail(`no template "${name}" stands before this line`);
    this.#steps().push(...steps);
  }

  #end(): Trace {
    if (this.#open === undefined || this.#header === undefined) this.#fail('"end" outside of a trace');
    const { record, line, steps } = this.#open;
    this.#open = undefined;
    return {
      file: this.#file,
      header: this.#header,
      id: record.id,
      line,
      persistentIno: record.persistent_ino ?? this.#header.persistent_ino ?? true,
      steps,
      trees: this.#trees,
    };
  }

  #steps(): Step[] {
    return this.#open?.steps ?? this.#fail('the record stands outside of a trace');
  }

  #fail(reason: string): never {
    throw new TraceFormatError(this.#file, this.#line, reason);
  }
}

/** The template that a dump is a difference from; none for one that tells everything. */
export function baseOf({ what, base }: DumpRecord): string | undefined {
  return what.endsWith('-diff') ? (base ?? unionmountBase) : undefined;
}

/** The dumps of unionmount traces do not name their base, because there is one only. */
const unionmountBase = 'initial-merged';

/** How a line that ends a trace looks, whoever wrote it: it holds little else. */
const endLine = /^\{\s*"t"\s*:\s*"end"/;

/** The step that a template's record is; none for a kind of record that is not known here. */
function stepRecord(json: JsonObject): readonly StepRecord[] {
  const record = decodeRecord(json);
  if (record === undefined) return [];
  switch (record.t) {
    case 'op':
    case 'host':
    case 'chroot':
    case 'proc':
    case 'exit':
    case 'dump':
      return [record];
    default:
      throw new RecordError(`a template holds a "${record.t}" record, which is no step of a trace`);
  }
}
