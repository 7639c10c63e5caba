import { textFromPath } from '../../host/index.ts';

/**
 * A path or name as one line of text: control characters, backslashes and bytes that are not UTF-8 as C writes them, so that
 * no file name can forge output or move the cursor.
 */
export function shownPath(path: string): string {
  return textFromPath(path).replace(unprintable, escape);
}

const unprintable = /[\x00-\x1f\x7f-\x9f\\\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\udc80-\udcff]/g;

const named = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\\', '\\\\'],
]);

function escape(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  return (
    named.get(character) ??
    (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
  );
}
