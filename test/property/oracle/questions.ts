import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../../src/oracle/schema.ts';
import { lines } from './files.ts';

/** A file of traces as somebody would write it who does not know what is right: without any result. */
export function questionsOf(file: string): string {
  const stored = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(stored) : stored).toString().trimEnd();
  return withoutAnswers(text);
}

/** The same of JSON lines. */
export function withoutAnswers(text: string): string {
  return lines(...text.split('\n').map((line) => question(JSON.parse(line) as JsonObject)));
}

function question(record: JsonObject): JsonObject {
  const { t, op, records } = record;
  if (t === 'template') return Array.isArray(records) ? { ...record, records: records.map(question) } : record;
  const answer = [...(t === 'dump' ? ['tree'] : ['r', 'e', 'stage']), ...(op === 'opendir' ? ['fd'] : [])];
  return Object.fromEntries(Object.entries(record).filter(([name]) => !answer.includes(name)));
}
