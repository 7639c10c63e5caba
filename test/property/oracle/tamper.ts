import type { Json, JsonObject } from '../../../src/oracle/schema.ts';
import { Chance } from '../../../src/oracle/record/chance.ts';
import { linesOf } from './files.ts';

/** A file of traces in which one recorded result of each trace was changed. */
export interface TamperedFile {
  readonly content: string;
  /** Where: the id of each trace and the line whose result is wrong now. */
  readonly changes: readonly { readonly trace: string; readonly line: number }[];
}

/** Changes one result in each of the first traces of a file; `seed` chooses which and how. */
export function tamper(file: string, seed: string, traces: number): TamperedFile {
  const chance = new Chance(seed);
  const changed = linesOf(file).map((line) => JSON.parse(line) as JsonObject);
  const changes: { trace: string; line: number }[] = [];
  const begins = changed.flatMap(({ t }, index) => (t === 'trace' ? [index] : []));
  const wanted = begins.slice(0, traces);
  for (const begin of wanted) {
    const end = changed.findIndex(({ t }, index) => index > begin && t === 'end');
    const results = range(begin, end).filter((index) => hasResult(changed[index]));
    const at = chance.pick(results);
    changed[at] = withOtherResult(changed[at] ?? {}, chance);
    const id = changed[begin]?.id;
    changes.push({ trace: typeof id === 'string' ? id : '', line: at + 1 });
  }
  const last = changed.findIndex(({ t }, index) => index > (wanted.at(-1) ?? 0) && t === 'end');
  return {
    content: changed
      .slice(0, last + 1)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(''),
    changes,
  };
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function hasResult(record: JsonObject | undefined): boolean {
  return record?.t === 'op' || record?.t === 'host' || record?.t === 'dump';
}

function withOtherResult(record: JsonObject, chance: Chance): JsonObject {
  if (record.t === 'dump') return { ...record, tree: otherTree(record.tree as JsonObject, chance) };
  const { r, e, ...call } = record;
  if (e !== undefined) return chance.percent(50) ? call : { ...call, e: e === 'EIO' ? 'EPERM' : 'EIO' };
  if (r === undefined || chance.percent(20)) return { ...call, e: 'EIO' };
  return { ...call, r: record.op === 'readent' ? otherEntry(r) : other(r, chance) };
}

/** An entry of another type; another name would be a different order of entries, of which the rest follows. */
function otherEntry(r: Json): Json {
  return Array.isArray(r) ? [(r as readonly Json[])[0] ?? '', 'sock', null] : ['never', 'reg', 0];
}

function other(value: Json, chance: Chance): Json {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  if (value === null || typeof value === 'boolean') return 7;
  if (Array.isArray(value)) return [...(value as readonly Json[]), ['never', 'reg', 0]];
  return otherField(value as JsonObject, chance);
}

function otherField(value: JsonObject, chance: Chance): JsonObject {
  const key = chance.pick(Object.keys(value));
  return { ...value, [key]: other(value[key] ?? null, chance) };
}

function otherTree(tree: JsonObject, chance: Chance): JsonObject {
  const paths = Object.keys(tree);
  if (paths.length === 0 || chance.percent(30)) return { ...tree, never: { type: 'whiteout' } };
  const path = chance.pick(paths);
  const entry = tree[path] as JsonObject | null | undefined;
  if (entry === null || entry === undefined || chance.percent(30)) {
    return Object.fromEntries(Object.entries(tree).filter(([name]) => name !== path));
  }
  return { ...tree, [path]: otherField(entry, chance) };
}
