import { errno } from '../../host/errno.ts';
import { O_TRUNC } from '../../host/constants.ts';
import { isDirectory, isRegular } from '../../host/stat.ts';
import { XATTR_NAME_CAPS } from '../vfs/attr.ts';
import { hasIds } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { Kstat } from '../vfs/kstat.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne, vfsLink } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { vfsGetxattr, vfsSetxattr } from '../vfs/xattr.ts';
import { fillWithData, makeUpperCopy } from './copy-up-object.ts';
import { ENTRY_UPPER_ALIAS, INODE_INDEX, INODE_UPPERDATA, INODE_WHITEOUTS } from './flags.ts';
import { encodeReal, originOf } from './handles.ts';
import { setImpure } from './impure.ts';
import { LayerPath, type Layer } from './layer.ts';
import { removePrivate } from './layer-xattr.ts';
import { needsIndex } from './needs-index.ts';
import { storeNlinkByLower, storeNlinkByUpper } from './nlink.ts';
import { changesData } from './open-flags.ts';
import { indexName, type OriginHandle } from './origin-handle.ts';
import { entryFlags, overlayInode, setEntryFlag, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { setTimes } from './upper-attributes.ts';

/**
 * The copy-up of one object whose parent is in the upper layer already; the parent's times are restored (ovl_copy_up_one,
 * R96).
 */
export class CopyUp {
  readonly #dentry: Dentry;
  readonly #inode: OverlayInode;
  readonly #parent: OverlayInode;
  readonly #overlay: OverlaySuperblock;
  readonly #flags: number;
  readonly #lower: LayerPath;
  readonly #stat = new Kstat();
  readonly #parentStat = new Kstat();

  /** `flags`: O_* of the open that it is for, 0 for anything else. */
  constructor(dentry: Dentry, flags: number) {
    this.#dentry = dentry;
    this.#inode = overlayInode(dentry);
    this.#parent = overlayInode(dentry.parent);
    this.#overlay = this.#inode.sb;
    this.#flags = flags;
    const lower = this.#inode.lowerPath;
    if (lower === undefined) throw new Error(`nothing to copy up: ${dentry.name}`);
    this.#lower = lower;
  }

  run(): number {
    const { upperLayer, workdir } = this.#overlay;
    if (upperLayer === undefined || workdir === undefined) return -errno.EROFS;
    const read = this.#readAttributes(upperLayer);
    if (read < 0) return read;
    const writable = mayWriteMount(upperLayer.mount);
    if (writable < 0) return writable;
    return this.#copyObject(upperLayer, workdir) || this.#linkName() || this.#copyMissingData(upperLayer);
  }

  get #upperParent(): Dentry {
    const { upper } = this.#parent;
    if (upper === null) throw new Error('parents are copied up first');
    return upper;
  }

  #readAttributes(upperLayer: Layer): number {
    const { creator } = this.#overlay;
    const answer = positive(this.#lower.dentry).getattr(creator, this.#lower, this.#stat);
    if (answer < 0) return answer;
    if (!hasIds(creator.userNamespace, this.#stat)) return -errno.EOVERFLOW;
    const parent = new LayerPath(upperLayer, this.#upperParent);
    const parentAnswer = positive(parent.dentry).getattr(creator, parent, this.#parentStat);
    // R104
    if ((this.#flags & O_TRUNC) !== 0) this.#stat.size = 0;
    return parentAnswer;
  }

  /** Makes the upper object, unless it has been copied up under another name (ovl_do_copy_up). */
  #copyObject(upperLayer: Layer, workdir: Dentry): number {
    if (this.#inode.upper !== null) return 0;
    const indexed = needsIndex(this.#inode);
    const toIndex = indexed && !isDirectory(this.#stat.mode);
    const origin = this.#originToStore(toIndex);
    if (typeof origin === 'number') return origin;
    const place = this.#place(toIndex, workdir);
    if (typeof place === 'number') return place;
    const metacopy = this.#isMetadataEnough();
    const upper = makeUpperCopy({
      overlay: this.#overlay,
      upperLayer,
      workdir,
      lower: this.#lower,
      lowerdata: this.#inode.lowerdata,
      stat: this.#stat,
      metacopy,
      indexed: indexed && !toIndex,
      origin,
      ...place,
    });
    if (typeof upper === 'number') return upper;
    this.#takeUpper(upper);
    if (!metacopy) this.#inode.flags |= INODE_UPPERDATA;
    if (indexed) this.#inode.flags |= INODE_INDEX;
    if (toIndex) return storeNlinkByUpper(this.#dentry);
    setTimes(this.#overlay, this.#upperParent, this.#parentStat);
    setEntryFlag(this.#dentry, ENTRY_UPPER_ALIAS);
    return 0;
  }

  /** R101: what one of several lower names is copied to is another object, unless the index keeps them together. */
  #originToStore(toIndex: boolean): OriginHandle | null | undefined | number {
    const { mode, nlink } = this.#stat;
    if (!isDirectory(mode) && nlink !== 1 && !toIndex) return undefined;
    return originOf(this.#overlay, this.#lower.dentry);
  }

  /** An indexed file is copied up to the index, and gets its name after that. */
  #place(toIndex: boolean, index: Dentry): { readonly directory: Dentry; readonly name: string } | number {
    if (toIndex) {
      const handle = encodeReal(this.#overlay, this.#lower.dentry, 'lower');
      return typeof handle === 'number' ? handle : { directory: index, name: indexName(handle) };
    }
    const answer = setImpure(this.#parent, this.#upperParent);
    return answer < 0 ? answer : { directory: this.#upperParent, name: this.#dentry.name };
  }

  /** R176, R177, R179, R189. Without fs-verity nothing below can be what verity=require asks for. */
  #isMetadataEnough(): boolean {
    const { metacopy, verity } = this.#overlay.config;
    return metacopy && verity !== 'require' && isRegular(this.#stat.mode) && !changesData(this.#flags);
  }

  #takeUpper(upper: Dentry): void {
    const inode = this.#inode;
    inode.upper = upper;
    if (inode.key === null) this.#overlay.enter(inode, positive(upper));
    // From now on it is merged with what it was copied from (R97).
    if (inode.isDirectory) inode.flags |= INODE_WHITEOUTS;
  }

  /** Gives the upper object the name, where it has another one (ovl_link_up). */
  #linkName(): number {
    if ((entryFlags(this.#dentry) & ENTRY_UPPER_ALIAS) !== 0) return 0;
    const { upper } = this.#inode;
    if (upper === null) return -errno.EIO;
    return setImpure(this.#parent, this.#upperParent) || storeNlinkByLower(this.#dentry) || this.#link(upper);
  }

  #link(upper: Dentry): number {
    const { creator } = this.#overlay;
    const name = lookupOne(creator, this.#upperParent, this.#dentry.name);
    if (typeof name === 'number') return name;
    const answer = vfsLink(creator, upper, positive(this.#upperParent), name);
    if (answer < 0) return answer;
    setTimes(this.#overlay, this.#upperParent, this.#parentStat);
    setEntryFlag(this.#dentry, ENTRY_UPPER_ALIAS);
    return storeNlinkByUpper(this.#dentry);
  }

  /** Completes what was copied up without its data before (ovl_copy_up_meta_inode_data, R177). */
  #copyMissingData(upperLayer: Layer): number {
    const { upper, lowerdata } = this.#inode;
    if (upper === null || !changesData(this.#flags) || this.#inode.hasUpperdata) return 0;
    const overlay = this.#overlay;
    // Writing takes file capabilities away, which copying must not.
    const capabilities = vfsGetxattr(overlay.creator, upper, XATTR_NAME_CAPS);
    if (this.#stat.size > 0) {
      const answer = fillWithData({ overlay, upperLayer, lowerdata, stat: this.#stat }, upper);
      if (answer < 0) return answer;
    }
    if (typeof capabilities !== 'number') {
      const answer = vfsSetxattr(overlay.creator, upper, XATTR_NAME_CAPS, capabilities, 0);
      if (answer < 0) return answer;
    }
    const answer = removePrivate(overlay, upper, 'metacopy');
    if (answer === 0) this.#inode.flags |= INODE_UPPERDATA;
    return answer;
  }
}
