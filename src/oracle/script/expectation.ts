import type { HostRecord, OpRecord } from '../records.ts';

/** What a record says of its result, for people. */
export function expectation(record: OpRecord | HostRecord): string {
  if (record.e !== undefined) return record.e;
  return record.r === undefined ? 'success' : JSON.stringify(record.r);
}
