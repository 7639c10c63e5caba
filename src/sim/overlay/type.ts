import { errno } from '../../host/errno.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import { parseWords, type FsContext, type FsContextOperations, type FsParameter } from '../vfs/fs-context.ts';
import type { Kernel } from '../vfs/kernel.ts';
import type { Loader, SavedValue } from '../vfs/snapshot.ts';
import { SB_RDONLY, type Superblock, type SuperblockIdentity } from '../vfs/superblock.ts';
import { userNamespaceSince } from './config.ts';
import { decodeObject, encodeObject } from './export.ts';
import { newOverlayInode } from './inodes.ts';
import { splitOptions } from './lowerdir.ts';
import { makeOverlay } from './make-overlay.ts';
import { isOverlay, type OverlayFactory } from './overlay-superblock.ts';
import { OverlayParameters } from './params.ts';
import { restoreOverlay, saveOverlay } from './snapshot.ts';

/** Overlay as a type of filesystem that can be mounted. */
export class OverlayFilesystemType implements FilesystemType {
  readonly name = 'overlay';
  readonly requiresDevice = false;
  readonly userNamespaceMount = userNamespaceSince;

  initContext(context: FsContext): FsContextOperations {
    return new OverlayContext(new OverlayParameters(context));
  }

  restore(kernel: Kernel, identity: SuperblockIdentity, saved: SavedValue, loader: Loader): Superblock {
    return restoreOverlay(kernel, this, factory, identity, saved, loader);
  }
}

const factory: OverlayFactory = {
  newInode: newOverlayInode,
  save: saveOverlay,
  encodeHandle: encodeObject,
  decodeHandle: decodeObject,
};

/** A mount of overlay that is being described, or the change of one. */
class OverlayContext implements FsContextOperations {
  readonly #parameters: OverlayParameters;

  constructor(parameters: OverlayParameters) {
    this.#parameters = parameters;
  }

  parseMonolithic(context: FsContext, data: string | undefined): number {
    return data === undefined ? 0 : parseWords(context, this, splitOptions(data));
  }

  /** R21, R74: nothing can be changed; the old API never told. */
  parseParameter(context: FsContext, parameter: FsParameter): number {
    if (context.reconfigured === undefined) return this.#parameters.parse(context, parameter);
    return context.oldApi ? 0 : context.invalid('No changes allowed in reconfigure');
  }

  getTree(context: FsContext): number {
    const overlay = makeOverlay(context, this.#parameters, factory);
    if (typeof overlay === 'number') return overlay;
    context.root = overlay.root;
    return 0;
  }

  /** R22, R23. */
  reconfigure(context: FsContext): number {
    const sb = context.reconfigured?.sb;
    if (sb === undefined || !isOverlay(sb)) return 0;
    const readOnly = (context.sbFlags & SB_RDONLY) !== 0;
    return !readOnly && sb.forcedReadOnly ? -errno.EROFS : 0;
  }
}
