import type { StepRecord } from './records.ts';
import { textOf, type Json, type JsonObject } from './schema.ts';

/** What a record asks for, as text, without what came of it. */
export function callOf(record: StepRecord): JsonObject {
  const fields = Object.entries(record as JsonObject).filter(([name]) => !outcomeFields.has(name));
  return Object.fromEntries(fields.map(([name, value]): [string, Json] => [name, textOf(value)]));
}

const outcomeFields = new Set(['t', 'op', 'r', 'e', 'tree', 'stage']);
