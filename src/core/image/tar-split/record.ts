import { pathFromText, textFromPath } from '../../../host/index.ts';
import { ImageError } from '../error.ts';

/**
 * A line of `tar-split.json.gz` (github.com/vbatts/tar-split): bytes of the archive as they were, or a file whose content is
 * where the layer was unpacked to.
 */
export type SplitRecord =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly name: string; readonly size: number; readonly crc64: Buffer };

/** The numbers that tar-split gives to the kinds. */
const kinds = { file: 1, bytes: 2 } as const;

/** A record as a line. Names are byte strings; one that is not UTF-8 is written as `name_raw`. */
export function formatSplitRecord(record: SplitRecord, position: number): string {
  if (record.kind === 'bytes') {
    return `${JSON.stringify({ type: kinds.bytes, payload: record.bytes.toString('base64'), position })}\n`;
  }
  const { name, size, crc64 } = record;
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  const named = Buffer.from(text).equals(bytes) ? { name: text } : { name_raw: bytes.toString('base64') };
  const payload = size > 0 ? crc64.toString('base64') : null;
  return `${JSON.stringify({ type: kinds.file, ...named, ...(size > 0 ? { size } : {}), payload, position })}\n`;
}

/** @throws ImageError for a line that is none of tar-split's */
export function parseSplitRecord(line: string): SplitRecord {
  const { type, name, name_raw: raw, size = 0, payload } = readObject(line);
  const bytes = Buffer.from(typeof payload === 'string' ? payload : '', 'base64');
  if (type === kinds.bytes) return { kind: 'bytes', bytes };
  if (type !== kinds.file || !Number.isSafeInteger(size)) throw damaged(line);
  const spelled = typeof raw === 'string' ? Buffer.from(raw, 'base64').toString('latin1') : undefined;
  if (spelled === undefined && typeof name !== 'string') throw damaged(line);
  return { kind: 'file', name: spelled ?? pathFromText(name as string), size: size as number, crc64: bytes };
}

function readObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // What is no JSON is no record either.
  }
  throw damaged(line);
}

function damaged(line: string): ImageError {
  return new ImageError(`the record of the archive's headers is damaged: ${textFromPath(line.slice(0, 60))}`);
}
