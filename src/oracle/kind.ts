import type { StepRecord } from './records.ts';

/** What kind of record one is, in words: `rename`, `host mount`, `dump merged`. */
export function kindOf(record: StepRecord): string {
  switch (record.t) {
    case 'op':
      return record.op;
    case 'host':
      return `host ${record.op}`;
    case 'dump':
      return record.role === undefined ? `dump ${record.what}` : `dump ${record.what} ${record.role}`;
    default:
      return record.t;
  }
}
