import type { Loader, Saver } from '../vfs/snapshot.ts';
import { positive } from '../vfs/mount.ts';
import { LayerPath, type Layer } from './layer.ts';
import type { OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** What is kept of an inode besides what it takes from its layers. */
export interface SavedInode {
  readonly id: number;
  readonly mode: number;
  readonly rdev: number;
  readonly nlink: number;
  readonly ino: number;
  readonly madeUpIno: number | null;
  readonly flags: number;
  readonly version: number;
  readonly dead: boolean;
  readonly linkable: boolean;
  readonly protection: number;
  readonly upper: number | null;
  /** Layer and dentry of each lower object. */
  readonly lower: readonly (readonly [number, number])[];
  readonly redirect: string | null;
  readonly lowerdataRedirect: string | null;
  /** Which real object it is found by. */
  readonly key: 'upper' | 'lower' | null;
}

export function saveInode(inode: OverlayInode, saver: Saver): SavedInode {
  const { upper, lower, key } = inode;
  return {
    id: inode.id,
    mode: inode.mode,
    rdev: inode.rdev,
    nlink: inode.nlink,
    ino: inode.ino,
    madeUpIno: inode.knownMadeUpIno ?? null,
    flags: inode.flags,
    version: inode.version,
    dead: inode.dead,
    linkable: inode.linkable,
    protection: inode.protection,
    upper: upper === null ? null : saver.dentry(upper),
    lower: lower.map(({ layer, dentry }) => [layer.index, saver.dentry(dentry)] as const),
    redirect: inode.redirect ?? null,
    lowerdataRedirect: inode.lowerdataRedirect ?? null,
    key: key === null ? null : key === upper?.inode ? 'upper' : 'lower',
  };
}

export function restoreInode(overlay: OverlaySuperblock, saved: SavedInode, loader: Loader): OverlayInode {
  const inode = overlay.factory.newInode(overlay, saved.mode, saved.rdev, saved.id);
  inode.upper = saved.upper === null ? null : loader.dentry(saved.upper);
  inode.lower = saved.lower.map(([layer, dentry]) => new LayerPath(layerAt(overlay, layer), loader.dentry(dentry)));
  inode.redirect = saved.redirect ?? undefined;
  inode.lowerdataRedirect = saved.lowerdataRedirect ?? undefined;
  inode.flags = saved.flags;
  inode.version = saved.version;
  inode.nlink = saved.nlink;
  inode.ino = saved.ino;
  inode.dead = saved.dead;
  inode.linkable = saved.linkable;
  inode.protection = saved.protection;
  inode.knownMadeUpIno = saved.madeUpIno ?? undefined;
  inode.copyAttributes();
  overlay.adopt(inode, keyOf(inode, saved.key));
  return inode;
}

function layerAt(overlay: OverlaySuperblock, index: number): Layer {
  const layer = index === 0 ? overlay.upperLayer : overlay.lowerLayers[index - 1];
  if (layer === undefined) throw new Error(`a saved overlay refers to layer ${index}, which it has not`);
  return layer;
}

function keyOf({ upper, lowerPath }: OverlayInode, key: SavedInode['key']): ReturnType<typeof positive> | null {
  const dentry = key === 'upper' ? upper : key === 'lower' ? lowerPath?.dentry : null;
  return dentry === null || dentry === undefined ? null : positive(dentry);
}
