import type { SavedMachine } from './kernel/saved-machine.ts';

/**
 * A saved machine as JSON text: bytes as `{"$bytes": base64}`, bigints as `{"$bigint": digits}`. Byte strings are strings of
 * characters up to U+00FF, as everywhere.
 */
export function machineToText(machine: SavedMachine): string {
  return JSON.stringify(machine, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return encoded(value);
    if (isSerialisedBuffer(value)) return encoded(Uint8Array.from(value.data));
    return typeof value === 'bigint' ? { $bigint: value.toString() } : value;
  });
}

function encoded(bytes: Uint8Array): { readonly $bytes: string } {
  return { $bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

/** A Buffer says of itself what it is before a replacer is asked. */
function isSerialisedBuffer(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}

/** The machine of a text; a SyntaxError for text that is no JSON. */
export function machineFromText(text: string): SavedMachine {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$bytes' in value && typeof value.$bytes === 'string') return Buffer.from(value.$bytes, 'base64');
    return '$bigint' in value && typeof value.$bigint === 'string' ? BigInt(value.$bigint) : value;
  }) as SavedMachine;
}
