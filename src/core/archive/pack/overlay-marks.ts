import { isSystemError, type Dir, type Name, type Path } from '../../../host/index.ts';
import { LayerFormError, quoted } from '../errors.ts';
import { isOpaque, isOverlayXattr } from '../lower-stack.ts';
import type { OverlayXattrs } from '../options.ts';

/** What overlayfs's own attributes say of a file in a layer. */
export interface OverlayMarks {
  readonly opaque: boolean;
}

const unmarked: OverlayMarks = { opaque: false };

/**
 * Reads the marks of a file.
 * @throws LayerFormError where a mark refers to another file below (redirect_dir, metacopy), so that the layer's directory does
 *   not hold what the layer shows
 */
export function overlayMarks(dir: Dir, name: Name, path: Path, xattrs: OverlayXattrs): OverlayMarks {
  const names = marksOf(dir, name);
  if (names.length === 0) return unmarked;
  for (const reference of ['redirect', 'metacopy']) {
    if (!names.includes(`${xattrs}.overlay.${reference}`)) continue;
    const why = `its ${xattrs}.overlay.${reference} refers to a file of a layer below`;
    throw new LayerFormError(
      `${quoted(path)} cannot be written from the layer alone: ${why}; write the layer from its view`,
    );
  }
  return { opaque: isOpaque(dir, name, xattrs) };
}

function marksOf(dir: Dir, name: Name): readonly string[] {
  try {
    return dir.llistxattr(name).filter(isOverlayXattr);
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP', 'ENOENT')) return [];
    throw error;
  }
}
