import { filesystemMagic } from '../../host/filesystem-magic.ts';
import type { Statfs } from '../../host/stat.ts';
import type { Credentials, UserNamespace } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { FileHandle } from '../vfs/file-handle.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Inode } from '../vfs/inode.ts';
import type { Kernel } from '../vfs/kernel.ts';
import { Kstat } from '../vfs/kstat.ts';
import { positive, type Mount } from '../vfs/mount.ts';
import type { Saver, SavedValue } from '../vfs/snapshot.ts';
import { SB_POSIXACL, Superblock, type SuperblockIdentity } from '../vfs/superblock.ts';
import type { ModuleDefaults, OverlaySupport, OverlayConfig } from './config.ts';
import { releaseUse } from './in-use.ts';
import type { Layer, LayerFilesystem } from './layer.ts';
import { entryFlags, overlayInode, type OverlayInode } from './overlay-inode.ts';
import { trustedXattrNames, userXattrNames, type PrivateXattr, type PrivateXattrNames } from './private-xattr.ts';
import { showOptions } from './show-options.ts';

/** The parts of overlay that are above the superblock, so that what is below need not know them. */
export interface OverlayFactory {
  /** An inode of the class that a mode calls for, without layers yet (ovl_new_inode). */
  newInode(sb: OverlaySuperblock, mode: number, rdev: number, id?: number): OverlayInode;
  save(sb: OverlaySuperblock, saver: Saver): SavedValue;
  encodeHandle(inode: OverlayInode): FileHandle | undefined;
  decodeHandle(sb: OverlaySuperblock, handle: FileHandle): Dentry | null;
}

/** One overlay (struct super_block with struct ovl_fs). */
export class OverlaySuperblock extends Superblock {
  readonly magic = filesystemMagic.overlayfs;
  readonly factory: OverlayFactory;
  readonly config: OverlayConfig;
  readonly defaults: ModuleDefaults;
  readonly support: OverlaySupport;
  /** With these everything below is done (R120). */
  readonly creator: Credentials;
  /** Number 0 is the upper; `undefined` without one. */
  upperLayer: Layer | undefined = undefined;
  /** From the top down, the data-only ones last. */
  readonly lowerLayers: Layer[] = [];
  /** How many of them are data-only. */
  dataLayers = 0;
  /** The filesystems that layers lie on, without the one that stands for data-only layers. */
  readonly filesystems: LayerFilesystem[] = [];
  /** The directory of the `workdir` option, and the one in it that work is done in: `work`, or `index`. */
  workBase: Dentry | undefined = undefined;
  workdir: Dentry | undefined = undefined;
  /** The spare link of the shared whiteout (R64). */
  whiteout: Dentry | undefined = undefined;
  whiteoutsShared: boolean;
  /** What the upper filesystem can. */
  xattrs = true;
  tmpfile = false;
  /** Every layer has file handles that can be decoded. */
  fileHandles = true;
  /** The longest name in bytes. */
  nameLength = 0;
  /** Bits of st_ino that hold the filesystem's number; 0: all layers on one filesystem, -1: numbers are not unique. */
  xinoBits = -1;
  /** Layer roots and work directories, which must not turn up inside a layer (R51). */
  readonly traps = new Set<Inode>();
  /** Upper and work directory that this mount alone may use (R54). */
  readonly used: Dentry[] = [];
  /** Inodes of open files and working directories. */
  readonly pinned = new Set<OverlayInode>();
  readonly xattrNames: PrivateXattrNames;
  /** Where getattr puts what it asks of a lower object; of each overlay of a nested one its own. */
  readonly lowerStat = new Kstat();
  readonly #inodes = new Map<Inode, OverlayInode>();
  /** Inodes of a saved machine by their ids, for the names that lead to them. */
  readonly #restored = new Map<number, OverlayInode>();
  #lastIno = 1;
  #lastInodeId = 0;
  #lastTemp = 0;

  constructor(options: {
    readonly kernel: Kernel;
    readonly type: FilesystemType;
    readonly factory: OverlayFactory;
    readonly userNamespace: UserNamespace;
    readonly config: OverlayConfig;
    readonly defaults: ModuleDefaults;
    readonly support: OverlaySupport;
    readonly creator: Credentials;
    readonly identity?: SuperblockIdentity;
  }) {
    super(options.kernel, options.type, options.userNamespace, options.identity);
    this.factory = options.factory;
    this.config = options.config;
    this.defaults = options.defaults;
    this.support = options.support;
    this.whiteoutsShared = options.support.sharedWhiteouts;
    this.creator = options.creator;
    this.xattrNames = options.config.userxattr ? userXattrNames : trustedXattrNames;
    this.flags |= SB_POSIXACL;
  }

  get upperMount(): Mount | undefined {
    return this.upperLayer?.mount;
  }

  /** The lower layers that are merged. */
  get mergedLayers(): number {
    return this.lowerLayers.length - this.dataLayers;
  }

  xattr(name: PrivateXattr): string {
    return this.xattrNames.names[name];
  }

  // Features

  /** All layers lie on one filesystem (ovl_same_fs). */
  get sameFilesystem(): boolean {
    return this.xinoBits === 0;
  }

  /** All objects have the overlay's own st_dev (ovl_same_dev). */
  get sameDevice(): boolean {
    return this.xinoBits >= 0;
  }

  /** The directory of index entries, `undefined` with index=off (ovl_indexdir). */
  get indexDirectory(): Dentry | undefined {
    return this.config.index ? this.workdir : undefined;
  }

  /** Everything that is copied up is indexed, and lower directories are checked against it (R169). */
  get indexesAll(): boolean {
    return this.config.nfsExport && this.config.index;
  }

  /** Whether nothing can be written: no upper, or no work directory (ovl_force_readonly). */
  get forcedReadOnly(): boolean {
    return this.upperLayer === undefined || this.workdir === undefined;
  }

  /** Whether handles of layers carry their UUID (ovl_origin_uuid). */
  get handlesHaveUuid(): boolean {
    return this.config.uuid !== 'off';
  }

  /** Whether this overlay has a UUID of its own (ovl_has_fsid, R40). */
  get hasUuid(): boolean {
    return this.config.uuid === 'on' || this.config.uuid === 'auto';
  }

  /** Whether anything is synced at all (ovl_should_sync, R196). */
  get syncs(): boolean {
    return this.config.fsync !== 'volatile';
  }

  // Inodes

  /** The inode of a real one, if something still uses it (ilookup5). */
  inodeOf(key: Inode): OverlayInode | undefined {
    const inode = this.#inodes.get(key);
    if (inode === undefined || inode.inUse) return inode;
    this.#inodes.delete(key);
    return undefined;
  }

  /** Makes an inode the one of a real one. */
  enter(inode: OverlayInode, key: Inode): void {
    inode.key = key;
    this.#inodes.set(key, inode);
  }

  /** All inodes that a name or a process leads to, the root's first, then by number: what a saved machine must have. */
  liveInodes(): readonly OverlayInode[] {
    const live = new Set<OverlayInode>();
    addNames(this.root, live);
    for (const inode of this.pinned) addAncestors(inode, live);
    const root = overlayInode(this.root);
    live.delete(root);
    return [root, ...[...live].sort((one, other) => one.id - other.id)];
  }

  /** Enters an inode of a saved machine, under the real one that it was found by. */
  adopt(inode: OverlayInode, key: Inode | null): void {
    this.#restored.set(inode.id, inode);
    if (key !== null) this.enter(inode, key);
  }

  /** The numbers given last. */
  get counters(): { readonly ino: number; readonly inodeId: number; readonly temp: number } {
    return { ino: this.#lastIno, inodeId: this.#lastInodeId, temp: this.#lastTemp };
  }

  set counters({ ino, inodeId, temp }: { readonly ino: number; readonly inodeId: number; readonly temp: number }) {
    this.#lastIno = ino;
    this.#lastInodeId = inodeId;
    this.#lastTemp = temp;
  }

  nextInodeId(): number {
    this.#lastInodeId += 1;
    return this.#lastInodeId;
  }

  /** A number for a directory that has none of its own: not the same after the next mount (R107). */
  nextIno(): number {
    this.#lastIno += 1;
    return this.#lastIno;
  }

  /** A name for something that is being made in the work directory (ovl_tempname, R64). */
  nextTempName(): string {
    this.#lastTemp += 1;
    return `#${this.#lastTemp.toString(16)}`;
  }

  override inodeById(id: number): Inode | null {
    return this.#restored.get(id) ?? null;
  }

  override saveDentry(dentry: Dentry): SavedValue {
    return entryFlags(dentry);
  }

  override restoreDentry(dentry: Dentry, saved: SavedValue): void {
    dentry.fsdata = saved;
    if (dentry.inode !== null) overlayInode(dentry).noteAlias(dentry);
  }

  // File handles, with nfs_export=on

  override hasFileHandles(): boolean {
    return this.config.nfsExport;
  }

  override encodeHandle(inode: OverlayInode): FileHandle | undefined {
    return this.config.nfsExport ? this.factory.encodeHandle(inode) : undefined;
  }

  override decodeHandle(handle: FileHandle): Dentry | null {
    return this.config.nfsExport ? this.factory.decodeHandle(this, handle) : null;
  }

  // What statfs and mountinfo show

  /** Those of the upper filesystem, or of the topmost lower (ovl_statfs, R1, R42). */
  override statfs(): Statfs | number {
    const { real } = overlayInode(this.root);
    const below = real.sb.statfs(overlayInode(this.root).realDentry);
    if (typeof below === 'number') return below;
    const fsid = this.hasUuid ? uuidToFsid(this.uuid) : below.fsid;
    return { ...below, type: this.magic, namelen: this.nameLength, fsid };
  }

  override showOptions(): string {
    const names = this.lowerLayers.map(({ name }) => name);
    const layers = {
      lower: names.slice(0, this.mergedLayers),
      data: names.slice(this.mergedLayers),
      onOneFilesystem: this.sameFilesystem,
    };
    return showOptions(this.config, layers, this.defaults, this.support);
  }

  // Life

  override syncFs(): number {
    return this.syncs ? (this.upperMount?.sb.syncFs() ?? 0) : 0;
  }

  /** Gives back the layers: their mounts, device numbers, and the exclusive use of upper and work directory (R56). */
  override putSuper(): void {
    for (const dentry of this.used) releaseUse(positive(dentry));
    for (const layer of this.lowerLayers) this.kernel.releasePrivateMount(layer.mount);
    if (this.upperMount !== undefined) this.kernel.releasePrivateMount(this.upperMount);
    for (const { pseudoDev } of this.filesystems) this.kernel.freeAnonymousDevice(pseudoDev);
    super.putSuper();
  }

  override save(saver: Saver): SavedValue {
    return this.factory.save(this, saver);
  }

  log(message: string): void {
    this.kernel.log(`overlayfs: ${message}`);
  }
}

/** Whether a superblock is an overlay's: one whose objects have real ones below (DCACHE_OP_REAL). */
export function isOverlay(sb: Superblock): sb is OverlaySuperblock {
  return sb instanceof OverlaySuperblock;
}

/** The overlay of an object that is known to be one's. */
export function overlayOf({ sb }: { readonly sb: Superblock }): OverlaySuperblock {
  if (!isOverlay(sb)) throw new Error(`not of an overlay: ${sb.type.name}`);
  return sb;
}

/** The inodes of a dentry and of all cached names below it. */
function addNames(dentry: Dentry, inodes: Set<OverlayInode>): void {
  if (dentry.inode !== null) inodes.add(overlayInode(dentry));
  for (const child of dentry.children?.values() ?? []) addNames(child, inodes);
}

/** An inode, and those of the directories that its name is or was in. */
function addAncestors(inode: OverlayInode, inodes: Set<OverlayInode>): void {
  inodes.add(inode);
  for (let at = inode.alias; at !== null && !at.isRoot; at = at.parent) {
    if (at.parent.inode !== null) inodes.add(overlayInode(at.parent));
  }
}

/** uuid_to_fsid. */
function uuidToFsid(uuid: Uint8Array): bigint {
  const view = new DataView(uuid.buffer, uuid.byteOffset, uuid.byteLength);
  return view.getBigUint64(0, true) ^ view.getBigUint64(8, true);
}
