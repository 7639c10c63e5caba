import { pathFromText } from '../../host/index.ts';

/**
 * Mount options with an SELinux label, as Docker writes them: `context="LABEL"` at the end, the label quoted as Go's %q
 * does. Without a label the options stay as they are. The label is text, the options and the answer are byte strings.
 */
export function withMountLabel(options: string, label: string): string {
  if (label === '') return options;
  const context = `context=${pathFromText(quote(label))}`;
  return options === '' ? context : `${options},${context}`;
}

const goEscapes = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** Letters, marks, numbers, punctuation, symbols and the blank stay what they are (Go: strconv.IsPrint). */
const unprintable = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

function quote(label: string): string {
  return `"${label.replace(unprintable, (character) => goEscapes.get(character) ?? numbered(character))}"`;
}

function numbered(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  // What is no UTF-8 comes as U+DC80 to U+DCFF (src/host/path.ts).
  if (point >= 0xdc80 && point <= 0xdcff) return `\\x${hexadecimal(point - 0xdc00, 2)}`;
  if (point < 0x80) return `\\x${hexadecimal(point, 2)}`;
  return point < 0x10000 ? `\\u${hexadecimal(point, 4)}` : `\\U${hexadecimal(point, 8)}`;
}

function hexadecimal(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
