import { textFromPath } from '../host/path.ts';
import { callOf } from './call-of.ts';
import { kindOf } from './kind.ts';
import type { StepRecord } from './records.ts';
import type { Divergence } from './replay.ts';
import type { ReplaySummary } from './replay-files.ts';
import { textOf, type Json, type JsonObject } from './schema.ts';
import type { ShortestPrefix } from './shortest.ts';
import type { TargetName } from './targets.ts';

/** How many differing things of one divergence are shown, and how many steps before it. */
const mostLines = 12;
const mostSteps = 20;
const longestLine = 400;

/** What came of a replay, with the shortest prefix of each divergence that is told. */
export interface Report {
  readonly target: TargetName;
  readonly summary: ReplaySummary;
  readonly prefixes: readonly ShortestPrefix[];
}

/** What `graphdriver replay --json` prints; all strings are text. */
export function reportJson({ target, summary, prefixes }: Report): JsonObject {
  const { files, traces, ops, divergences, seconds, kinds, notes, first } = summary;
  return {
    host: target,
    files,
    traces,
    ops,
    divergences,
    seconds: Number(seconds.toFixed(3)),
    kinds,
    notes,
    first: first.map((divergence) => divergenceJson(divergence, prefixFor(divergence, prefixes))),
  };
}

function divergenceJson(divergence: Divergence, prefix: ShortestPrefix | undefined): JsonObject {
  const { file, line, trace, step, record, expected, got, lines } = divergence;
  return {
    file,
    line,
    trace,
    step,
    operation: { t: record.t, ...('op' in record ? { op: record.op } : {}), ...callOf(record) },
    expected: textOf(expected),
    got: textOf(got),
    lines: lines.map(textFromPath),
    ...(prefix === undefined ? {} : { prefix: prefix.steps.map((each) => textOf(each as Json)) }),
  };
}

function prefixFor({ file, trace }: Divergence, prefixes: readonly ShortestPrefix[]): ShortestPrefix | undefined {
  return prefixes.find((prefix) => prefix.file === file && prefix.trace === trace);
}

/** The same for people, a line each. */
export function reportLines({ target, summary, prefixes }: Report): readonly string[] {
  const { files, traces, ops, divergences, seconds, first, kinds, notes } = summary;
  const rate = grouped(Math.round(ops / seconds));
  const what = `${files} files, ${traces} traces, ${grouped(ops)} operations`;
  const counts = `${target}: ${what} in ${seconds.toFixed(1)} s (${rate}/s)`;
  if (divergences === 0) return [`${counts}: no divergence`];
  return [
    ...first.flatMap((divergence) => [...divergenceLines(divergence, prefixFor(divergence, prefixes)), '']),
    ...Object.entries(kinds).map(([kind, count]) => `${String(count).padStart(7)} ${kind}`),
    `${counts}: ${grouped(divergences)} ${divergences === 1 ? 'divergence' : 'divergences'}`,
    ...notes.map((note) => `note: ${note}`),
  ];
}

/** A count with commas between its thousands; Intl would have to read its tables first. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function divergenceLines(divergence: Divergence, prefix: ShortestPrefix | undefined): readonly string[] {
  const { file, line, trace, step, record, lines } = divergence;
  const rest = lines.length - mostLines;
  return [
    `${file}:${line}: ${trace}, step ${step}: ${stepText(record)}`,
    ...lines.slice(0, mostLines).map((text) => `    ${shortened(textFromPath(text))}`),
    ...(rest > 0 ? [`    and ${rest} more`] : []),
    ...(prefix === undefined ? [] : prefixLines(prefix)),
  ];
}

function prefixLines({ steps, before, reference }: ShortestPrefix): readonly string[] {
  const shown = steps.slice(-mostSteps);
  const hidden = steps.length - shown.length;
  const length =
    reference === undefined ? `${before} steps` : `${steps.length} of these ${before} steps do (${reference})`;
  return [
    `  the shortest prefix that still diverges: ${length}`,
    ...(hidden > 0 ? [`    … ${hidden} more before these (--json has all of them)`] : []),
    ...shown.map((each) => `    ${shortened(stepText(each))}`),
  ];
}

function stepText(record: StepRecord): string {
  return `${kindOf(record)} ${JSON.stringify(callOf(record))}`;
}

function shortened(text: string): string {
  return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
}
