import { pathFromText, textFromPath } from '../host/path.ts';

/**
 * Shapes of JSON values, from which both the check at the border and the static type follow, so that the two cannot drift
 * apart. A record may hold fields that its shape does not name: later writers add some, and readers let them be.
 */

/** Any JSON value. Its strings are byte strings once a trace has been read (records.ts). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What one field holds. */
export interface Shape<T> {
  /** In words, for the message about a value that is something else. */
  readonly wanted: string;
  readonly test: (value: unknown) => value is T;
}

export interface OptionalShape<T> extends Shape<T> {
  readonly optional: true;
}

/** The fields of a record by name. */
export type Fields = Readonly<Record<string, Shape<unknown>>>;

/** The values that a shape admits. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends OptionalShape<unknown> ? K : never }[keyof F];

/** The type of the records that have these fields. */
export type RecordOf<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]>;
} & { readonly [K in OptionalKeys<F>]?: ValueOf<F[K]> };

function shape<T>(wanted: string, test: (value: unknown) => value is T): Shape<T> {
  return { wanted, test };
}

export const text = shape('a string', (value): value is string => typeof value === 'string');
/** Of 64 bits: what lies beyond 2^53 is rounded, as by every reader of JSON that knows doubles alone. */
export const integer = shape('an integer', (value): value is number => Number.isInteger(value));
export const flag = shape('true or false', (value): value is boolean => typeof value === 'boolean');

/** A field that may be missing. */
export function optional<T>(inner: Shape<T>): OptionalShape<T> {
  return { ...inner, optional: true };
}

export function orNull<T>(inner: Shape<T>): Shape<T | null> {
  return shape(`${inner.wanted} or null`, (value): value is T | null => value === null || inner.test(value));
}

export function either<A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> {
  return shape(`${one.wanted} or ${other.wanted}`, (value): value is A | B => one.test(value) || other.test(value));
}

export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  const known = new Set<unknown>(words);
  return shape(`one of ${words.join(', ')}`, (value): value is T => known.has(value));
}

export function listOf<T>(inner: Shape<T>): Shape<readonly T[]> {
  return shape(
    `a list, each ${inner.wanted}`,
    (value): value is readonly T[] => Array.isArray(value) && value.every((item) => inner.test(item)),
  );
}

export function pairOf<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return shape(
    `a pair of ${first.wanted} and ${second.wanted}`,
    (value): value is readonly [A, B] =>
      Array.isArray(value) && value.length === 2 && first.test(value[0]) && second.test(value[1]),
  );
}

/** An object whose keys are data, for instance paths. */
export function mapOf<T>(inner: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return shape(
    `an object, each value ${inner.wanted}`,
    (value): value is Readonly<Record<string, T>> =>
      isObject(value) && Object.values(value).every((item) => inner.test(item)),
  );
}

/** An object with these fields and perhaps others. */
export function objectWith<F extends Fields>(fields: F): Shape<RecordOf<F>> {
  const entries = Object.entries(fields);
  return shape(
    `an object with ${Object.keys(fields).join(', ')}`,
    (value): value is RecordOf<F> => isObject(value) && entries.every((entry) => fieldFits(value, entry)),
  );
}

/** Anything that JSON can say. */
export const json = shape('a JSON value', (value): value is Json => value !== undefined);

export const object = shape('an object', isJsonObject);

/** The first field that does not fit, in words; `undefined` where all do. */
export function misfit(fields: readonly (readonly [string, Shape<unknown>])[], record: JsonObject): string | undefined {
  for (const entry of fields) {
    if (fieldFits(record, entry)) continue;
    const [name, { wanted }] = entry;
    return record[name] === undefined ? `has no "${name}"` : `"${name}" is not ${wanted}`;
  }
  return undefined;
}

function fieldFits(record: JsonObject, [name, inner]: readonly [string, Shape<unknown>]): boolean {
  const value = record[name];
  return value === undefined ? 'optional' in inner : inner.test(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

/** The same value with every string, keys included, as the bytes of its text (surrogate escapes undone). */
export function bytesOf(value: Json): Json {
  return mapStrings(value, pathFromText);
}

/** The same value with every string, keys included, as text (surrogate escapes for what is not UTF-8). */
export function textOf(value: Json): Json {
  return mapStrings(value, textFromPath);
}

/** Records as the lines of a file. */
export function jsonLines(records: readonly JsonObject[]): string {
  return records.map((record) => `${JSON.stringify(textOf(record))}\n`).join('');
}

function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => mapStrings(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapStrings(item, change)]));
}
