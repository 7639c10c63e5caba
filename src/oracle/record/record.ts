import { gzipSync } from 'node:zlib';
import { decodeRecord, type FileRecord } from '../records.ts';
import { jsonLines, type JsonObject } from '../schema.ts';
import type { ReplayTarget } from '../target.ts';
import { targetNamed, type TargetName } from '../targets.ts';
import type { BackingFilesystem } from '../names.ts';
import { groups, type GroupName, type Layout } from './group.ts';
import { mountPoint, Recorder, type Recording } from './recorder.ts';

/** A file of random traces to record. */
export interface RecordRequest {
  readonly target: TargetName;
  readonly group: GroupName;
  /** The seed of the first trace; those after it count on. */
  readonly seed: number;
  readonly traces: number;
  /** About how many operations each trace makes on the mounted filesystem. */
  readonly ops: number;
  readonly layout?: Layout;
  /** What the layers lie on; tmpfs where it is not said. */
  readonly filesystem?: BackingFilesystem;
  /** Mount options in place of the group's. */
  readonly options?: string;
}

/**
 * Records a file of random traces of a kernel; answers its bytes. The same request makes the same choices on every machine.
 * Throws TargetUnavailableError, the signal's reason, and an error where no trace could be mounted.
 */
export async function record(request: RecordRequest, signal?: AbortSignal): Promise<Uint8Array> {
  if (request.target === 'sim') return recordHere(request);
  // The real kernel takes the root, directory and ids of a thread, so it never gets the caller's.
  return (await import('../child.ts')).inChild('record', request, signal);
}

/** Records on this thread. */
export async function recordHere(request: RecordRequest): Promise<Uint8Array> {
  const { target: name, seed, traces, ...chosen } = request;
  const target = await targetNamed(name);
  try {
    const lines: JsonObject[] = [fileHeader(chosen, target.kernel, traces)];
    for (let number = 0; number < traces; number += 1) {
      lines.push(...recordTrace(target, { ...chosen, seed: seed + number }));
    }
    checkMounted(lines);
    return traceFile(lines);
  } finally {
    target.close();
  }
}

/** Traces that only tell of mounts that failed would agree with everything; a misspelt option makes such. */
function checkMounted(lines: readonly JsonObject[]): void {
  if (lines.some(({ t }) => t === 'op')) return;
  const refused = lines.findLast(({ op, e }) => op === 'mount' && e !== undefined);
  const answer = `${JSON.stringify(refused?.e)} for ${JSON.stringify(refused?.options)}`;
  throw new Error(`no trace could be mounted: ${answer}; choose options that this kernel takes together`);
}

/** The first line of a file of random traces. `kernel` is the release that they are recorded on. */
export function fileHeader(
  { group, options, filesystem = 'tmpfs' }: Pick<Recording, 'group' | 'options' | 'filesystem'>,
  kernel: string,
  count: number,
): JsonObject {
  return {
    t: 'file',
    suite: 'random',
    group,
    options: options ?? groups[group].options,
    kernel,
    fs: filesystem,
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

/** The same as the replayer reads it. */
export function headerRecord(group: GroupName): FileRecord {
  const record = decodeRecord(fileHeader({ group }, '', 1));
  if (record?.t !== 'file') throw new Error('the header is no "file" record');
  return record;
}

/** The bytes of a trace file: gzipped JSON lines, the same bytes for the same lines. */
export function traceFile(lines: readonly JsonObject[]): Uint8Array {
  return gzipSync(jsonLines(lines), { level: 9 });
}
