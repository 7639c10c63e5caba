import type { JsonObject } from '../../../src/oracle/schema.ts';
import { lines, linesOf } from './files.ts';

/** A file of traces as somebody would write it who does not know what is right: without any result. */
export function questionsOf(file: string): string {
  return withoutAnswers(linesOf(file));
}

/** The same of lines. */
export function withoutAnswers(records: readonly string[]): string {
  return lines(...records.map((line) => question(JSON.parse(line) as JsonObject)));
}

function question(record: JsonObject): JsonObject {
  const { t, op, records } = record;
  if (t === 'template') return Array.isArray(records) ? { ...record, records: records.map(question) } : record;
  const answer = [...(t === 'dump' ? ['tree'] : ['r', 'e', 'stage']), ...(op === 'opendir' ? ['fd'] : [])];
  return Object.fromEntries(Object.entries(record).filter(([name]) => !answer.includes(name)));
}
