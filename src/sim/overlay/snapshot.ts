import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Kernel } from '../vfs/kernel.ts';
import type { Loader, Saver, SavedValue } from '../vfs/snapshot.ts';
import type { SuperblockIdentity } from '../vfs/superblock.ts';
import type { OverlayFactory, OverlaySuperblock } from './overlay-superblock.ts';

export function saveOverlay(_overlay: OverlaySuperblock, _saver: Saver): SavedValue {
  throw new Error('not yet');
}

export function restoreOverlay(
  _kernel: Kernel,
  _type: FilesystemType,
  _factory: OverlayFactory,
  _identity: SuperblockIdentity,
  _saved: SavedValue,
  _loader: Loader,
): OverlaySuperblock {
  throw new Error('not yet');
}
