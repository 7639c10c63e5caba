import type { DumpedTree } from './dump.ts';
import { sameError } from './names.ts';
import type { Answer } from './outcome.ts';
import type { DumpRecord, HostRecord, OpRecord, Tree } from './records.ts';
import type { Json, JsonObject } from './schema.ts';

/** Where an answer is not what the trace says: in words, and both sides as they are. */
export interface Difference {
  /** One line for each thing that differs. */
  readonly lines: readonly string[];
  readonly expected: Json;
  readonly got: Json;
}

/** The fields of a stat result or dump entry that a kernel decides; what a later writer adds is not compared. */
const comparedFields = [
  'e',
  'type',
  'mode',
  'nlink',
  'uid',
  'gid',
  'size',
  'rdev',
  'mtime',
  'dev',
  'ino',
  'data',
  'target',
  'x',
  'xe',
] as const;

/** Recorded by some suites only. */
const optionalField = 'mtime';

/** Compares the answer to an operation with what its record says; `undefined` where they are the same. */
export function compareAnswer(record: OpRecord | HostRecord, answer: Answer): Difference | undefined {
  if (sameOutcome(record, answer)) return undefined;
  const expected = outcomeJson(record);
  const got = outcomeJson(answer);
  return { lines: answerLines(record, answer), expected, got };
}

/** What a process that could not start, or a chroot that failed, differs from: success. */
export function compareSuccess(answer: Answer): Difference | undefined {
  if (answer.e === undefined) return undefined;
  return { lines: [`expected success, got ${answer.e}`], expected: {}, got: outcomeJson(answer) };
}

interface Recorded {
  readonly r?: Json;
  readonly e?: string;
  readonly fd?: number;
  readonly stage?: number | string;
}

function sameOutcome(record: OpRecord | HostRecord, answer: Answer): boolean {
  if (record.e !== undefined || answer.e !== undefined) {
    return (
      record.e !== undefined &&
      answer.e !== undefined &&
      sameError(record.e, answer.e) &&
      sameStage(record.op === 'fsmount' ? record.stage : undefined, answer.stage)
    );
  }
  if (record.op === 'opendir' && record.fd !== answer.fd) return false;
  return sameResult(record.r, answer.r);
}

/** The index 0 is left out of records, and so is what comes after the creation of the superblock. */
function sameStage(expected: number | string | undefined, got: Answer['stage']): boolean {
  if (expected === undefined) return got === undefined || got === 0 || got === 'mount' || got === 'attach';
  return expected === got;
}

function sameResult(expected: Json | undefined, got: Json | undefined): boolean {
  if (expected === got) return true;
  if (isStat(expected) && isStat(got)) return sameFields(expected, got);
  return expected !== undefined && got !== undefined && sameJson(expected, got);
}

function isStat(value: Json | undefined): value is JsonObject {
  return isObject(value) && 'type' in value;
}

function differingFields(expected: JsonObject, got: JsonObject): readonly string[] {
  return comparedFields.filter((field) => !sameField(field, expected[field], got[field]));
}

/** Asked of every entry of every dump: first whether what is recorded is all that is there, and the same. */
function sameFields(expected: JsonObject, got: JsonObject): boolean {
  let recorded = 0;
  for (const field in expected) {
    recorded += 1;
    if (!sameField(field, expected[field], got[field])) return differingFields(expected, got).length === 0;
  }
  const others = Object.keys(got).length - recorded;
  if (others === 0 || (others === 1 && !(optionalField in expected) && optionalField in got)) return true;
  return differingFields(expected, got).length === 0;
}

function sameField(field: string, expected: Json | undefined, got: Json | undefined): boolean {
  if (expected === got) return true;
  if (expected === undefined || got === undefined) return field === optionalField && expected === undefined;
  return sameJson(expected, got);
}

/** Whether two JSON values are the same, whatever the order of their objects' keys. */
export function sameJson(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) return sameList(one, other);
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => {
    const a = (one as JsonObject)[key];
    const b = (other as JsonObject)[key];
    return a !== undefined && b !== undefined && sameJson(a, b);
  });
}

function sameList(one: Json, other: Json): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return (one as readonly Json[]).every((item, index) => sameJson(item, (other as readonly Json[])[index] ?? null));
}

function outcomeJson({ r, e, fd, stage }: Recorded): JsonObject {
  return {
    ...(r === undefined ? {} : { r }),
    ...(e === undefined ? {} : { e }),
    ...(fd === undefined ? {} : { fd }),
    ...(stage === undefined ? {} : { stage }),
  };
}

function answerLines(record: Recorded, answer: Answer): readonly string[] {
  const { r: want } = record;
  const { r: have } = answer;
  if (record.e === undefined && answer.e === undefined && isStat(want) && isStat(have)) {
    return differingFields(want, have).map(
      (field) => `${field}: expected ${show(want[field])}, got ${show(have[field])}`,
    );
  }
  return [`expected ${showOutcome(record)}, got ${showOutcome(answer)}`];
}

function showOutcome({ r, e, fd, stage }: Recorded): string {
  const value = e ?? (r === undefined ? 'success' : JSON.stringify(r));
  return [value, fd === undefined ? '' : `fd ${fd}`, stage === undefined ? '' : `stage ${stage}`]
    .filter((part) => part !== '')
    .join(' ');
}

function show(value: Json | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

/**
 * Compares a dumped tree with its record entry by entry. A record that is a diff says only what differs from `base`, with
 * null for names that are gone. Without a tree it says that there is nothing, or that nothing differs.
 */
export function compareTree({ tree: recorded = {} }: DumpRecord, base: Tree, got: DumpedTree): Difference | undefined {
  const found = new Set<string>();
  const want = (path: string): JsonObject | undefined => {
    const entry = Object.hasOwn(recorded, path) ? recorded[path] : Object.hasOwn(base, path) ? base[path] : null;
    return entry ?? undefined;
  };
  for (const [path, entry] of got) {
    const expected = want(path);
    if (expected === undefined || !sameFields(expected, entry)) found.add(path);
  }
  for (const tree of [recorded, base]) {
    for (const path in tree) if (!got.has(path) && want(path) !== undefined) found.add(path);
  }
  if (found.size === 0) return undefined;
  const differing = [...found].sort();
  return {
    lines: differing.flatMap((path) => entryLines(path, want(path), got.get(path))),
    expected: Object.fromEntries(differing.map((path) => [path, want(path) ?? null])),
    got: Object.fromEntries(differing.map((path) => [path, got.get(path) ?? null])),
  };
}

function entryLines(path: string, expected: JsonObject | undefined, got: JsonObject | undefined): readonly string[] {
  if (expected === undefined) return [`${path}: expected nothing, got ${show(got)}`];
  if (got === undefined) return [`${path}: expected ${show(expected)}, got nothing`];
  return differingFields(expected, got).map(
    (field) => `${path}: ${field} expected ${show(expected[field])}, got ${show(got[field])}`,
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
