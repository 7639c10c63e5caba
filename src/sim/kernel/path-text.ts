import type { Dentry } from '../vfs/dentry.ts';
import type { VfsPath } from '../vfs/mount.ts';
import { hasParent } from './mount-tree.ts';

/** The path from `root` to a place, as d_path has it; `reached` is false where the place is not below `root`. */
export function pathFrom(place: VfsPath, root: VfsPath): { readonly text: string; readonly reached: boolean } {
  let { mount, dentry } = place;
  let text = '';
  while (dentry !== root.dentry || mount !== root.mount) {
    if (dentry === mount.root) {
      if (!hasParent(mount)) return { text: text === '' ? '/' : text, reached: false };
      dentry = mount.mountpoint;
      mount = mount.parent;
    } else {
      text = `/${dentry.name}${text}`;
      dentry = dentry.parent;
    }
  }
  return { text: text === '' ? '/' : text, reached: true };
}

/** The path of a dentry within its superblock; `//deleted` follows that of a removed one (dentry_path). */
export function pathInFilesystem(dentry: Dentry): string {
  let text = '';
  for (let at = dentry; !at.isRoot; at = at.parent) text = `/${at.name}${text}`;
  return (text === '' ? '/' : text) + (dentry.unlinked ? '//deleted' : '');
}
