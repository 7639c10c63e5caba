import { errno, isDirectory, isSymlink, SystemError, type Name, type Path, type Stat } from '../../../host/index.ts';
import { quoted, Refusal } from '../errors.ts';
import { isOpaque, isWhiteoutDevice } from '../lower-stack.ts';
import type { OverlayXattrs } from '../options.ts';
import { defaultAclXattr, hasDefaultAcl } from './attributes.ts';
import type { Below } from './below.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { Target } from './target.ts';

/** How many symlinks one name may lead through, as in Linux. */
const maxLinks = 40;

/** What a name is in the view that the layer will have. */
type Found =
  | { readonly kind: 'nothing'; readonly whitedOut: boolean }
  | { readonly kind: 'directory'; readonly stat: Stat | undefined }
  | { readonly kind: 'symlink'; readonly target: Path }
  | { readonly kind: 'other' };

/**
 * Finds the parents of members in the merged view: what the layer has so far over what lies below (A9). Symlinks are
 * followed as if the layer's root were `/`, one component at a time, each looked up in an open directory without following:
 * no call is ever made on a path that an archive wrote.
 */
export class Resolver {
  readonly #target: Target;
  readonly #below: Below;
  /** Where the target is a layer of overlayfs, in which devices 0:0 and opaque marks mean something. */
  readonly #overlay: OverlayXattrs | undefined;

  constructor(target: Target, below: Below, overlay: OverlayXattrs | undefined) {
    this.#target = target;
    this.#below = below;
    this.#overlay = overlay;
  }

  /** The directory that these components name, if the view has it. Nothing changes. @throws SystemError ENOTDIR, ELOOP */
  find(parents: readonly Name[]): DirectoryNode | undefined {
    return this.#walk(parents, 'find');
  }

  /**
   * The directory that a whiteout or an opaque marker is in. They speak of the layers below: where the archive itself has put a
   * symlink or a file in the way, what they hide is gone already.
   */
  findMarked(parents: readonly Name[]): DirectoryNode | undefined {
    return this.#walk(parents, 'find-marked');
  }

  /**
   * The same; directories that are missing become implied ones, but not the target of a dangling symlink (C4). The nodes may
   * still have to be brought into the target.
   */
  plan(parents: readonly Name[]): DirectoryNode {
    const node = this.#walk(parents, 'plan');
    if (node === undefined) throw new Refusal(`the directory ${quoted(parents.join('/'))} is not there`);
    return node;
  }

  #walk(parents: readonly Name[], purpose: 'find' | 'find-marked' | 'plan'): DirectoryNode | undefined {
    let node = this.#target.tree;
    const pending: string[] = [...parents].reverse();
    /** How many of the pending components the member's own name has; those above them come from symlinks. */
    let own = pending.length;
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const fromLink = pending.length >= own;
      if (!fromLink) own = pending.length;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        node = node.parent ?? node;
        continue;
      }
      const known = node.directories.get(name);
      if (known !== undefined) {
        node = known;
        continue;
      }
      if (purpose === 'find-marked' && node.members.has(name)) return undefined;
      const found = this.#look(node, name as Name);
      switch (found.kind) {
        case 'directory':
          node = this.adopt(node, name as Name, found.stat);
          break;
        case 'symlink':
          links += 1;
          if (links > maxLinks) throw new SystemError(errno.ELOOP, 'resolve', parents.join('/'));
          if (found.target.startsWith('/')) node = this.#target.tree;
          pending.push(...found.target.split('/').reverse());
          break;
        case 'other':
          throw new SystemError(errno.ENOTDIR, 'resolve', parents.join('/'));
        case 'nothing':
          if (purpose !== 'plan') return undefined;
          if (fromLink) throw new SystemError(errno.ENOENT, 'resolve', parents.join('/'));
          node = node.add(name as Name, 'implied');
          if (found.whitedOut || !this.#below.unknown) node.cutOff();
      }
    }
    return node;
  }

  /**
   * A node for a directory that was there before the archive; `stat` is its own where it is in the target. It keeps its time,
   * whatever is put into it (B3).
   */
  adopt(parent: DirectoryNode, name: Name, stat: Stat | undefined): DirectoryNode {
    const node = parent.add(name, 'inherited');
    if (stat === undefined) return node;
    node.present = true;
    node.times = { atime: 'omit', mtime: stat.mtime };
    this.noticeMarks(parent, node);
    return node;
  }

  /** A directory that was there before may be opaque, or have a default ACL. */
  noticeMarks(parent: DirectoryNode, node: DirectoryNode): void {
    const dir = this.#target.dir(parent);
    node.givesAcl = hasDefaultAcl(() => dir.lgetxattr(node.name, defaultAclXattr));
    if (this.#overlay !== undefined && isOpaque(dir, node.name, this.#overlay)) node.cutOff();
  }

  #look(node: DirectoryNode, name: Name): Found {
    if (node.present) {
      const dir = this.#target.dir(node);
      const stat = dir.lstatIfExists(name);
      if (stat !== undefined) {
        if (this.#overlay !== undefined && isWhiteoutDevice(stat)) return { kind: 'nothing', whitedOut: true };
        return found(stat, () => dir.readlink(name), 'here');
      }
    }
    return this.#lookBelow(node, name);
  }

  #lookBelow(node: DirectoryNode, name: Name): Found {
    const entry = this.#below.entry(node, name);
    if (entry === undefined || entry === 'unknown') return { kind: 'nothing', whitedOut: false };
    return found(entry.stat, () => this.#below.openNearest(node, entry).readlink(name), 'below');
  }
}

function found(stat: Stat, readlink: () => Path, where: 'here' | 'below'): Found {
  if (isDirectory(stat.mode)) return { kind: 'directory', stat: where === 'here' ? stat : undefined };
  if (isSymlink(stat.mode)) return { kind: 'symlink', target: readlink() };
  return { kind: 'other' };
}
