import type { Path } from '../../host/index.ts';

/** The path of a layer in the data of mount(2), where a backslash makes the next character literal (R17, R18). */
export function escapeLayer(path: Path): string {
  // Hardly any path has one, and of a hundred layers two hundred are asked: to look first, without an expression, is faster.
  const special = path.includes('\\') || path.includes(':') || path.includes(',');
  return special ? path.replace(/[\\:,]/g, '\\$&') : path;
}
