import { gzipSync } from 'node:zlib';
import { textFromPath } from '../../host/path.ts';
import { decodeRecord, type FileRecord } from '../records.ts';
import type { Json, JsonObject } from '../schema.ts';
import type { ReplayTarget } from '../target.ts';
import { groups, type GroupName } from './group.ts';
import { mountPoint, Recorder, type Recording } from './recorder.ts';

/** The first line of a file of random traces. `kernel` is the release that they are recorded on. */
export function fileHeader(group: GroupName, kernel: string, count: number): JsonObject {
  const { options } = groups[group];
  return {
    t: 'file',
    suite: 'random',
    group,
    options,
    kernel,
    fs: 'tmpfs',
    umask: '022',
    mnt: mountPoint,
    count,
  };
}

/** Records one trace on a kernel; answers its lines, from `trace` to `end`. Throws where the target cannot be used. */
export function recordTrace(target: ReplayTarget, recording: Recording): readonly JsonObject[] {
  const machine = target.boot();
  try {
    return new Recorder(machine, headerRecord(recording.group), recording).record();
  } finally {
    machine.shutdown();
  }
}

function headerRecord(group: GroupName): FileRecord {
  const record = decodeRecord(fileHeader(group, '', 1));
  if (record?.t !== 'file') throw new Error('the header is no "file" record');
  return record;
}

/** The bytes of a trace file: gzipped JSON lines, the same bytes for the same lines. */
export function traceFile(lines: readonly JsonObject[]): Uint8Array {
  return gzipSync(lines.map((line) => `${JSON.stringify(textOf(line))}\n`).join(''), { level: 9 });
}

/** The same value with every string, keys included, as text (surrogate escapes for what is not UTF-8). */
function textOf(value: Json): Json {
  if (typeof value === 'string') return textFromPath(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(textOf);
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, item]) => [textFromPath(key), textOf(item)]),
  );
}
