import { backingFilesystems, nodeTypeOf, openFlagOf, renameFlagOf, xattrFlagOf } from './names.ts';
import {
  bytesOf,
  either,
  flag,
  integer,
  json,
  listOf,
  mapOf,
  misfit,
  object,
  objectWith,
  oneOf,
  optional,
  orNull,
  pairOf,
  text,
  type Fields,
  type Json,
  type JsonObject,
  type RecordOf,
  type Shape,
  type ValueOf,
} from './schema.ts';

/**
 * The records of the trace format (docs/oracle.md), one line of a file each. All strings of a record are byte
 * strings (src/host/path.ts) once it has been decoded.
 */

const keysOf = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];

const ids = pairOf(integer, integer);
/** Bytes that an operation writes: plain text, or hex. */
const blob = either(text, objectWith({ hex: text }));
export type InputBlob = ValueOf<typeof blob>;

/** What every record that was executed carries: its result, or the name of its error. */
const outcome = { r: optional(json), e: optional(text) };
/** Who makes a call: a process (posix files), and its effective ids when they are not root's. */
const caller = { pid: optional(integer), as: optional(ids) };

const opFields = {
  open: { path: text, flags: listOf(oneOf(...keysOf(openFlagOf))), mode: optional(integer) },
  close: { fd: integer },
  read: { fd: integer, len: integer },
  pread: { fd: integer, len: integer, off: integer },
  write: { fd: integer, data: blob },
  pwrite: { fd: integer, data: blob, off: integer },
  lseek: { fd: integer, off: integer, whence: integer },
  fstat: { fd: integer },
  ftruncate: { fd: integer, len: integer },
  fchmod: { fd: integer, mode: integer },
  stat: { path: text },
  lstat: { path: text },
  mkdir: { path: text, mode: integer },
  rmdir: { path: text },
  unlink: { path: text },
  rename: { path: text, to: text, flags: optional(listOf(oneOf(...keysOf(renameFlagOf)))) },
  link: { path: text, to: text, follow: optional(flag) },
  symlink: { target: text, path: text },
  readlink: { path: text },
  mknod: { path: text, kind: oneOf(...keysOf(nodeTypeOf)), mode: integer, rdev: ids },
  chmod: { path: text, mode: integer },
  chown: { path: text, uid: integer, gid: integer },
  lchown: { path: text, uid: integer, gid: integer },
  utimes: { path: text, time: orNull(integer), follow: optional(flag) },
  truncate: { path: text, len: integer },
  readdir: { path: text },
  access: { path: text, mode: text },
  setxattr: {
    path: text,
    name: text,
    value: blob,
    flags: optional(oneOf(...keysOf(xattrFlagOf))),
    follow: optional(flag),
  },
  getxattr: { path: text, name: text, follow: optional(flag) },
  listxattr: { path: text, follow: optional(flag) },
  removexattr: { path: text, name: text, follow: optional(flag) },
  chdir: { path: text },
  umask: { mask: integer },
  opendir: { path: text, fd: optional(integer) },
  readent: { dh: integer },
  rewinddir: { dh: integer },
  closedir: { dh: integer },
} as const satisfies Record<string, Fields>;

const hostFields = {
  mkfs: { path: text, fs: oneOf(...backingFilesystems) },
  mkdir: { path: text, mode: optional(integer) },
  file: { path: text, mode: optional(integer), data: blob },
  symlink: { path: text, target: text },
  link: { path: text, to: text },
  mknod: { path: text, kind: oneOf(...keysOf(nodeTypeOf)), mode: integer, rdev: ids },
  setxattr: { path: text, name: text, value: blob },
  chown: { path: text, uid: integer, gid: integer },
  chmod: { path: text, mode: integer },
  truncate: { path: text, len: integer },
  mtime: { path: text, time: integer },
  'remount-ro': { path: text },
  mount: { at: text, options: text, flags: optional(listOf(oneOf('ro'))) },
  remount: { at: text, options: text, flags: optional(listOf(oneOf('ro'))) },
  fsmount: { at: text, set: listOf(pairOf(text, orNull(text))), stage: optional(either(integer, text)) },
  umount: { at: text },
  bind: { path: text, from: text },
  lstat: { path: text },
  rmtree: { path: text },
  chdir: { path: text },
  raw: { uppers: listOf(text), works: listOf(text) },
} as const satisfies Record<string, Fields>;

const otherFields = {
  file: {
    suite: text,
    umask: optional(text),
    mnt: optional(text),
    persistent_ino: optional(flag),
    paths: optional(oneOf('chroot')),
  },
  template: { name: text, records: optional(listOf(object)), tree: optional(mapOf(object)) },
  trace: { id: text, persistent_ino: optional(flag) },
  use: { template: text },
  chroot: { path: text },
  proc: {
    pid: integer,
    uid: integer,
    gid: integer,
    groups: listOf(integer),
    umask: optional(integer),
    cwd: optional(text),
  },
  exit: { pid: integer },
  dump: {
    what: oneOf('merged', 'merged-diff', 'raw', 'raw-diff'),
    at: text,
    role: optional(oneOf('upper', 'work')),
    base: optional(text),
    tree: optional(mapOf(orNull(object))),
  },
  end: {},
} as const satisfies Record<string, Fields>;

export type OpName = keyof typeof opFields;
export type HostName = keyof typeof hostFields;
type OtherName = keyof typeof otherFields;

/** What a record says of its result. */
export type Outcome = RecordOf<typeof outcome>;

type Op<K extends OpName> = { readonly t: 'op'; readonly op: K } & RecordOf<(typeof opFields)[K]> &
  RecordOf<typeof caller> &
  Outcome;
type HostOp<K extends HostName> = { readonly t: 'host'; readonly op: K } & RecordOf<(typeof hostFields)[K]> & Outcome;
type Other<K extends OtherName> = { readonly t: K } & RecordOf<(typeof otherFields)[K]>;

/** An operation on the mounted filesystem. */
export type OpRecord = { [K in OpName]: Op<K> }[OpName];
/** An operation outside of it, with absolute paths, by root. */
export type HostRecord = { [K in HostName]: HostOp<K> }[HostName];
export type FileRecord = Other<'file'>;
export type TemplateRecord = Other<'template'>;
export type TraceRecord = Other<'trace'>;
export type UseRecord = Other<'use'>;
export type ChrootRecord = Other<'chroot'>;
export type ProcRecord = Other<'proc'>;
export type ExitRecord = Other<'exit'>;
export type DumpRecord = Other<'dump'>;
export type EndRecord = Other<'end'>;

/** What a trace is made of once its templates are put in: the records that do something. */
export type StepRecord = OpRecord | HostRecord | ChrootRecord | ProcRecord | ExitRecord | DumpRecord;
/** Any record that this reader knows. */
export type AnyRecord = StepRecord | FileRecord | TemplateRecord | TraceRecord | UseRecord | EndRecord;

/** The state of one directory tree in a dump, by path; null for names that a diff reports as gone. */
export type Tree = Readonly<Record<string, JsonObject | null>>;

type Checklist = readonly (readonly [string, Shape<unknown>])[];

const checklists = {
  op: checklistsOf(opFields, { ...caller, ...outcome }),
  host: checklistsOf(hostFields, outcome),
  other: checklistsOf(otherFields, {}),
};

function checklistsOf(table: Readonly<Record<string, Fields>>, common: Fields): ReadonlyMap<string, Checklist> {
  return new Map(Object.entries(table).map(([name, fields]) => [name, Object.entries({ ...fields, ...common })]));
}

/** A record that breaks the format; the reader adds the file and the line. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/**
 * Decodes one line. Answers `undefined` for a kind of record (`t`) that is not known here, for instance `mark`: those say
 * something to people and change nothing. Throws RecordError where the line is no JSON object or breaks its shape.
 */
export function decodeLine(line: string): AnyRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RecordError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const record = mayHoldOtherThanAscii.test(line) ? bytesOf(value as Json) : value;
  if (!object.test(record)) throw new RecordError('not a JSON object');
  return decodeRecord(record);
}

/** Checks a record whose strings are byte strings already. */
export function decodeRecord(record: JsonObject): AnyRecord | undefined {
  const checklist = checklistFor(record);
  if (checklist === undefined) return undefined;
  const fault = misfit(checklist, record);
  if (fault !== undefined) throw new RecordError(`${describe(record)} ${fault}`);
  // The checklist has just shown that the record has this shape.
  return record as unknown as AnyRecord;
}

function checklistFor(record: JsonObject): Checklist | undefined {
  const { t } = record;
  if (typeof t !== 'string') throw new RecordError('the record has no "t"');
  if (t !== 'op' && t !== 'host') return checklists.other.get(t);
  const { op } = record;
  const checklist = typeof op === 'string' ? checklists[t].get(op) : undefined;
  if (checklist === undefined) throw new RecordError(`unknown ${t} operation ${JSON.stringify(op)}`);
  return checklist;
}

function describe({ t, op }: JsonObject): string {
  return [t, op].filter((word) => typeof word === 'string').join(' ');
}

const mayHoldOtherThanAscii = /[^\x00-\x7f]|\\u/;
