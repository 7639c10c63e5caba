import type { FsContext, FsContextOperations } from './fs-context.ts';
import type { Kernel } from './kernel.ts';
import type { Release } from './release.ts';
import type { Loader, SavedValue } from './snapshot.ts';
import type { Superblock, SuperblockIdentity } from './superblock.ts';

/** A kind of filesystem that mount(2) knows (struct file_system_type). */
export interface FilesystemType {
  readonly name: string;
  /** Whether the source of a mount must be a block device (FS_REQUIRES_DEV): no `nodev` in /proc/filesystems. */
  readonly requiresDevice: boolean;
  /** Whether root of a user namespace may mount it (FS_USERNS_MOUNT), or since which release. */
  readonly userNamespaceMount: boolean | Release;
  /** Begins the description of a mount, or of the change of one (`context.reconfigured`). */
  initContext(context: FsContext): FsContextOperations;
  /** Makes a superblock again from what its `save` answered. */
  restore(kernel: Kernel, identity: SuperblockIdentity, saved: SavedValue, loader: Loader): Superblock;
}
