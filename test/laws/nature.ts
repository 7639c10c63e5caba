import type { Edit } from './edits.ts';
import type { Node, View } from './view.ts';

/**
 * What drivers answer differently by their nature, so that no program does it; each has a witness in witnesses.ts.
 *
 * - A directory is renamed: where it lies below the layer a union answers EXDEV, a whole copy does it.
 * - A file with several names is changed: overlayfs copies up the one name and parts it from the others, while in a whole
 *   copy, and by aufs's pseudo-links, they stay one file.
 */
export function differsByNature(edit: Edit, view: View): boolean {
  if (edit.op === 'rename') return isDirectory(view.get(edit.path)) || hasNames(view, edit.path, edit.to);
  if (edit.op === 'chmod-root' || edit.op === 'remove') return false;
  return hasNames(view, edit.path);
}

function hasNames(view: View, ...paths: readonly string[]): boolean {
  return paths.some((path) => view.get(path)?.names !== undefined);
}

function isDirectory(node: Node | undefined): boolean {
  return node?.type === 'directory';
}
