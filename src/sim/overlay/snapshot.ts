import { Dentry } from '../vfs/dentry.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Kernel } from '../vfs/kernel.ts';
import type { Loader, Saver, SavedValue } from '../vfs/snapshot.ts';
import type { SuperblockIdentity } from '../vfs/superblock.ts';
import type { ModuleDefaults, OverlaySupport, OverlayConfig } from './config.ts';
import { claimUse } from './in-use.ts';
import type { Layer, LayerFilesystem } from './layer.ts';
import { OverlaySuperblock, type OverlayFactory } from './overlay-superblock.ts';
import { restoreInode, saveInode, type SavedInode } from './snapshot-inode.ts';
import { positive } from '../vfs/mount.ts';

/** An overlay as plain data. Layers, and what inodes are made of, are objects of superblocks that are saved before. */
interface SavedOverlay {
  readonly flags: number;
  readonly uuid: Uint8Array;
  readonly stackDepth: number;
  readonly config: OverlayConfig;
  readonly defaults: ModuleDefaults;
  readonly support: OverlaySupport;
  /** The mounter, but for the user namespace, which is the superblock's. */
  readonly creator: SavedCreator;
  readonly filesystems: readonly SavedFilesystem[];
  readonly upperLayer: SavedLayer | null;
  readonly lowerLayers: readonly SavedLayer[];
  readonly dataLayers: number;
  readonly workBase: number | null;
  readonly workdir: number | null;
  readonly whiteout: number | null;
  readonly whiteoutsShared: boolean;
  readonly xattrs: boolean;
  readonly tmpfile: boolean;
  readonly fileHandles: boolean;
  readonly nameLength: number;
  readonly xinoBits: number;
  /** Dentries of the directories that nobody else may use. */
  readonly used: readonly number[];
  readonly counters: OverlaySuperblock['counters'];
  /** The root's first. */
  readonly inodes: readonly SavedInode[];
}

type SavedCreator = Omit<OverlaySuperblock['creator'], 'userNamespace'>;

interface SavedFilesystem {
  readonly superblock: number | null;
  readonly pseudoDev: number;
  readonly badUuid: boolean;
  readonly isLower: boolean;
}

interface SavedLayer {
  readonly mount: number;
  readonly fsid: number;
  readonly name: string;
  readonly hasXwhiteouts: boolean;
}

export function saveOverlay(overlay: OverlaySuperblock, saver: Saver): SavedValue {
  const dentryOf = (dentry: Dentry | undefined): number | null => (dentry === undefined ? null : saver.dentry(dentry));
  const saved: SavedOverlay = {
    flags: overlay.flags,
    uuid: overlay.uuid,
    stackDepth: overlay.stackDepth,
    config: { ...overlay.config },
    defaults: overlay.defaults,
    support: overlay.support,
    creator: savedCreator(overlay),
    filesystems: overlay.filesystems.map((filesystem) => saveFilesystem(filesystem, saver)),
    upperLayer: overlay.upperLayer === undefined ? null : saveLayer(overlay.upperLayer, saver),
    lowerLayers: overlay.lowerLayers.map((layer) => saveLayer(layer, saver)),
    dataLayers: overlay.dataLayers,
    workBase: dentryOf(overlay.workBase),
    workdir: dentryOf(overlay.workdir),
    whiteout: dentryOf(overlay.whiteout),
    whiteoutsShared: overlay.whiteoutsShared,
    xattrs: overlay.xattrs,
    tmpfile: overlay.tmpfile,
    fileHandles: overlay.fileHandles,
    nameLength: overlay.nameLength,
    xinoBits: overlay.xinoBits,
    used: overlay.used.map((dentry) => saver.dentry(dentry)),
    counters: overlay.counters,
    inodes: overlay.liveInodes().map((inode) => saveInode(inode, saver)),
  };
  // Which names are cached decides numbers that are made up, so that a clone has them as well.
  saveNames(overlay.root, saver);
  return saved as unknown as SavedValue;
}

function savedCreator({ creator }: OverlaySuperblock): SavedCreator {
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups, permitted, effective } = creator;
  return { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups, permitted, effective };
}

function saveFilesystem({ sb, pseudoDev, badUuid, isLower }: LayerFilesystem, saver: Saver): SavedFilesystem {
  return { superblock: sb === undefined ? null : saver.superblock(sb), pseudoDev, badUuid, isLower };
}

function saveLayer({ mount, fsid, name, hasXwhiteouts }: Layer, saver: Saver): SavedLayer {
  return { mount: saver.mount(mount), fsid, name, hasXwhiteouts };
}

function saveNames(dentry: Dentry, saver: Saver): void {
  saver.dentry(dentry);
  // In an order that does not depend on when the names were looked up: equal machines have equal texts.
  const names = [...(dentry.children?.values() ?? [])].sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const name of names) saveNames(name, saver);
}

/** Makes the overlay again from what saveOverlay kept. Its dentries are restored after it. */
export function restoreOverlay(
  kernel: Kernel,
  type: FilesystemType,
  factory: OverlayFactory,
  identity: SuperblockIdentity,
  value: SavedValue,
  loader: Loader,
): OverlaySuperblock {
  const saved = value as unknown as SavedOverlay;
  const { userNamespace } = identity;
  const { defaults, support } = saved;
  const creator = { ...saved.creator, userNamespace };
  const config = { ...saved.config };
  const overlay = new OverlaySuperblock({
    kernel,
    type,
    factory,
    userNamespace,
    config,
    defaults,
    support,
    creator,
    identity,
  });
  restoreMembers(overlay, saved, loader);
  restoreLayers(overlay, saved, loader);
  restoreInodes(overlay, saved, loader);
  return overlay;
}

function restoreMembers(overlay: OverlaySuperblock, saved: SavedOverlay, loader: Loader): void {
  const dentryOf = (number: number | null): Dentry | undefined => (number === null ? undefined : loader.dentry(number));
  overlay.flags = saved.flags;
  overlay.uuid = Uint8Array.from(saved.uuid);
  overlay.stackDepth = saved.stackDepth;
  overlay.dataLayers = saved.dataLayers;
  overlay.workBase = dentryOf(saved.workBase);
  overlay.workdir = dentryOf(saved.workdir);
  overlay.whiteout = dentryOf(saved.whiteout);
  overlay.whiteoutsShared = saved.whiteoutsShared;
  overlay.xattrs = saved.xattrs;
  overlay.tmpfile = saved.tmpfile;
  overlay.fileHandles = saved.fileHandles;
  overlay.nameLength = saved.nameLength;
  overlay.xinoBits = saved.xinoBits;
  overlay.counters = saved.counters;
  for (const number of saved.used) {
    const dentry = loader.dentry(number);
    claimUse(positive(dentry));
    overlay.used.push(dentry);
  }
}

function restoreLayers(overlay: OverlaySuperblock, saved: SavedOverlay, loader: Loader): void {
  for (const { superblock, pseudoDev, badUuid, isLower } of saved.filesystems) {
    const sb = superblock === null ? undefined : loader.superblock(superblock);
    overlay.filesystems.push({ sb, pseudoDev, badUuid, isLower });
    overlay.kernel.reserveDevice(pseudoDev);
  }
  const dataFilesystem: LayerFilesystem = { sb: undefined, pseudoDev: 0, badUuid: false, isLower: true };
  const layerOf = ({ mount, fsid, name, hasXwhiteouts }: SavedLayer, index: number): Layer => {
    const filesystem = overlay.filesystems[fsid] ?? dataFilesystem;
    return { mount: loader.mount(mount), index, fsid, filesystem, name, hasXwhiteouts };
  };
  if (saved.upperLayer !== null) overlay.upperLayer = layerOf(saved.upperLayer, 0);
  for (const [at, layer] of saved.lowerLayers.entries()) overlay.lowerLayers.push(layerOf(layer, at + 1));
  for (const root of [overlay.upperLayer?.mount.root, overlay.workBase, overlay.workdir]) {
    if (root !== undefined) overlay.traps.add(positive(root));
  }
  for (const { mount } of overlay.lowerLayers) overlay.traps.add(positive(mount.root));
}

function restoreInodes(overlay: OverlaySuperblock, saved: SavedOverlay, loader: Loader): void {
  const [root] = saved.inodes.map((inode) => restoreInode(overlay, inode, loader));
  if (root === undefined) throw new Error('a saved overlay has a root directory');
  overlay.root = new Dentry(overlay, undefined, '/', root);
  root.alias = overlay.root;
}
