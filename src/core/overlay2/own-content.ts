import { DT_DIR, DT_REG, isSystemError, type Host, type Path } from '../../host/index.ts';
import type { OverlayXattrs } from '../archive/index.ts';
import { Pace } from '../files/pace.ts';
import { walkNames, type TreeName } from '../tree/walk.ts';

/**
 * Whether a layer's directory holds all that the layer shows. It does not where overlayfs was mounted with redirect_dir or
 * metacopy, by an earlier kernel or by hand: then a directory stands for another one below, or a file is without its data. Of a
 * layer with nothing below there is no need to ask.
 */
export async function holdsOwnContent(host: Host, diff: Path, xattrs: OverlayXattrs): Promise<boolean> {
  const pace = new Pace(host.system);
  const root = host.fs.openRoot(diff);
  try {
    for (const entry of walkNames(root)) {
      const turn = pace.step();
      if (turn !== undefined) await turn;
      if (refersBelow(entry, xattrs)) return false;
    }
    return true;
  } finally {
    root.close();
  }
}

function refersBelow({ parent, name, type }: TreeName, xattrs: OverlayXattrs): boolean {
  const mark = type === DT_DIR ? 'redirect' : type === DT_REG ? 'metacopy' : undefined;
  if (mark === undefined) return false;
  try {
    return parent.llistxattr(name).includes(`${xattrs}.overlay.${mark}`);
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP', 'ENOENT')) return false;
    throw error;
  }
}
