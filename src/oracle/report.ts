import { textFromPath } from '../host/path.ts';
import { kindOf } from './kind.ts';
import type { StepRecord } from './records.ts';
import type { Divergence } from './replay.ts';
import type { ReplaySummary } from './replay-files.ts';
import { textOf, type JsonObject } from './schema.ts';

/** How many differing things of one divergence are shown. */
const mostLines = 12;
const longestLine = 400;

/** What `graphdriver replay --json` prints; all strings are text. */
export function summaryJson({ files, traces, ops, divergences, seconds, ...more }: ReplaySummary): JsonObject {
  return {
    files,
    traces,
    ops,
    divergences,
    seconds: Number(seconds.toFixed(3)),
    kinds: more.kinds,
    notes: more.notes,
    first: more.first.map(divergenceJson),
  };
}

function divergenceJson({ file, line, trace, step, record, expected, got, lines }: Divergence): JsonObject {
  const call = textOf(callOf(record));
  return {
    file,
    line,
    trace,
    step,
    operation: call,
    expected: textOf(expected),
    got: textOf(got),
    lines: lines.map(textFromPath),
  };
}

/** The same for people, a line each. */
export function summaryLines(summary: ReplaySummary): readonly string[] {
  const { files, traces, ops, divergences, seconds, first, kinds, notes } = summary;
  const rate = Math.round(ops / seconds).toLocaleString('en');
  const counts = `${files} files, ${traces} traces, ${ops.toLocaleString('en')} operations in ${seconds.toFixed(1)} s (${rate}/s)`;
  if (divergences === 0) return [`${counts}: no divergence`];
  return [
    ...first.flatMap((divergence) => [...divergenceLines(divergence), '']),
    ...Object.entries(kinds).map(([kind, count]) => `${String(count).padStart(7)} ${kind}`),
    `${counts}: ${divergences.toLocaleString('en')} divergences`,
    ...notes.map((note) => `note: ${note}`),
  ];
}

function divergenceLines({ file, line, trace, step, record, lines }: Divergence): readonly string[] {
  const rest = lines.length - mostLines;
  return [
    `${file}:${line}: ${trace}, step ${step}: ${kindOf(record)} ${JSON.stringify(textOf(callOf(record)))}`,
    ...lines.slice(0, mostLines).map((text) => `    ${shortened(textFromPath(text))}`),
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ];
}

function shortened(text: string): string {
  return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
}

/** What a record asks for, without what came of it. */
function callOf(record: StepRecord): JsonObject {
  const fields = Object.entries(record as JsonObject).filter(([name]) => !outcomeFields.has(name));
  return Object.fromEntries(fields);
}

const outcomeFields = new Set(['t', 'op', 'r', 'e', 'tree', 'stage']);
