import { decodeRecord, type AnyRecord, type FileRecord, type StepRecord } from '../../../src/oracle/records.ts';
import type { JsonObject } from '../../../src/oracle/schema.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';

/** A trace in the making: calls without results. The reader's checks hold for these as well. */
export class Scene {
  readonly #steps: StepRecord[] = [];

  host(op: string, call: JsonObject): void {
    this.add({ t: 'host', op, ...call });
  }

  op(op: string, call: JsonObject): void {
    this.add({ t: 'op', op, ...call });
  }

  add(record: JsonObject): void {
    const decoded = decodeRecord(record);
    if (!isStep(decoded)) throw new Error(`${JSON.stringify(record)} is no step of a trace`);
    this.#steps.push(decoded);
  }

  trace(id: string, header: JsonObject): Trace {
    const file = decodeRecord({ t: 'file', umask: '022', ...header });
    if (file?.t !== 'file') throw new Error('the header is none');
    return traceOf(id, file, this.#steps);
  }
}

export function isStep(record: AnyRecord | undefined): record is StepRecord {
  return record !== undefined && stepKinds.has(record.t);
}

const stepKinds = new Set(['op', 'host', 'chroot', 'proc', 'exit', 'dump']);

/** A trace of records that no file holds. */
export function traceOf(id: string, header: FileRecord, records: readonly StepRecord[]): Trace {
  return {
    file: 'generated',
    header,
    id,
    line: 0,
    persistentIno: true,
    steps: records.map((record, line) => ({ record, line })),
    trees: new Map(),
  };
}
