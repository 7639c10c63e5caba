import type { Path } from '../../../host/index.ts';
import { LayerFormError, quoted } from '../errors.ts';
import type { OverlayXattrs } from '../options.ts';

/**
 * Refuses a file of which overlayfs shows another below (redirect_dir, metacopy): the layer's directory does not hold what the
 * layer shows, and what it holds instead would be lost or wrong.
 */
export function refuseReferences(marks: readonly string[], path: Path, xattrs: OverlayXattrs): void {
  for (const reference of ['redirect', 'metacopy']) {
    const mark = `${xattrs}.overlay.${reference}`;
    if (!marks.includes(mark)) continue;
    const why = `its attribute ${mark} refers to a file of a layer below`;
    throw new LayerFormError(
      `${quoted(path)} cannot be written from the layer alone, ${why}: write the layer from its view`,
    );
  }
}
