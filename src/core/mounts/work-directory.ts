import { join, type FileSystem, type Path } from '../../host/index.ts';
import type { Owner } from '../files/directory.ts';

/**
 * Gives the containers' root what the kernel makes as root's in the work directory of a mount, as Docker does: in a user
 * namespace of its own it could not move files up otherwise.
 */
export function giveWorkDirectory(fs: FileSystem, work: Path, owner: Owner): void {
  if (owner.uid === 0 && owner.gid === 0) return;
  fs.lchown(join(work, 'work'), owner.uid, owner.gid);
}
