import type { Path } from '../../host/index.ts';

/** The path of a layer in the data of mount(2), where a backslash makes the next character literal (R17, R18). */
export function escapeLayer(path: Path): string {
  return path.replace(/[\\:,]/g, '\\$&');
}
