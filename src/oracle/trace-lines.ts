import type { JsonObject } from './schema.ts';
import type { Trace } from './trace-reader.ts';

/** The records of a trace as a file holds them, from `trace` to `end`; those of templates stand where they are used. */
export function traceLines({ id, persistentIno, steps }: Trace): readonly JsonObject[] {
  const records = steps.map(({ record }) => record as JsonObject);
  return [{ t: 'trace', id, persistent_ino: persistentIno }, ...records, { t: 'end' }];
}
