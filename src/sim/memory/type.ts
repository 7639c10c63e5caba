import type { FsContext, FsContextOperations } from '../vfs/fs-context.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Kernel } from '../vfs/kernel.ts';
import type { Loader, SavedValue } from '../vfs/snapshot.ts';
import type { Superblock, SuperblockIdentity } from '../vfs/superblock.ts';
import { MemoryContext } from './context.ts';
import { memoryFilesystems, type Features } from './features.ts';
import { Limits } from './limits.ts';
import { restoreMemory, savedLimits } from './save.ts';
import { MemorySuperblock } from './superblock.ts';

/** A type of filesystem in memory: tmpfs, or one that stands for a filesystem on a disk. Every mount makes a fresh one. */
export class MemoryFilesystemType implements FilesystemType {
  readonly name: string;
  readonly features: Features;

  constructor(key: string, features: Features) {
    this.name = features.name ?? key;
    this.features = features;
  }

  get requiresDevice(): boolean {
    return this.features.requiresDevice;
  }

  get userNamespaceMount(): boolean {
    return this.features.userNamespaceMount;
  }

  initContext(context: FsContext): FsContextOperations {
    return new MemoryContext(this, context);
  }

  restore(kernel: Kernel, identity: SuperblockIdentity, saved: SavedValue, _loader: Loader): Superblock {
    const { maxBlocks, maxInodes } = savedLimits(saved);
    const sb = new MemorySuperblock({
      kernel,
      type: this,
      features: this.features,
      userNamespace: identity.userNamespace,
      limits: new Limits(maxBlocks, maxInodes),
      identity,
    });
    restoreMemory(sb, saved);
    return sb;
  }
}

/** All types that memory can play, by the names that profiles give them. */
export function memoryFilesystemTypes(): ReadonlyMap<string, MemoryFilesystemType> {
  const types = Object.entries(memoryFilesystems);
  return new Map(types.map(([key, features]) => [key, new MemoryFilesystemType(key, features)]));
}
