import { pathFromText } from '../../host/index.ts';

/**
 * Mount options with an SELinux label, as Docker writes them: `context="LABEL"` at the end, the label quoted as Go's %q
 * does. Without a label the options stay as they are. Answers a byte string.
 */
export function withMountLabel(options: string, label: string): string {
  if (label === '') return options;
  const context = `context=${quote(pathFromText(label))}`;
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

function quote(label: string): string {
  const escaped = label.replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    const byte = character.charCodeAt(0).toString(16).padStart(2, '0');
    return goEscapes.get(character) ?? `\\x${byte}`;
  });
  return `"${escaped}"`;
}
