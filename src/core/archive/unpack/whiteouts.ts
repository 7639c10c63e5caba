import { isDirectory, type Name } from '../../../host/index.ts';
import type { Owner } from '../../files/directory.ts';
import type { Below } from './below.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { LayerBuilder } from './layer-builder.ts';
import type { Target } from './target.ts';

/** What whiteouts do. */
export interface WhiteoutRules {
  /** `.wh.NAME` in a directory. */
  hide(parent: DirectoryNode, name: Name, owner: Owner): void;
  /** `.wh..wh..opq` in a directory. */
  hideContent(node: DirectoryNode): void;
  /** After the last member. */
  finish(): void;
}

/**
 * Hides what was there before the archive, and nothing that is of the archive itself: "Files that are present in the same layer as
 * a whiteout file can only be hidden by whiteout files in subsequent layers" (OCI image-spec layer.md). So it makes no
 * difference whether a whiteout comes before or after the members of its name (A1, A4, A5, B9).
 */
export class Whiteouts implements WhiteoutRules {
  readonly #target: Target;
  readonly #below: Below;
  readonly #builder: LayerBuilder;
  #rootHidden = false;

  constructor(target: Target, below: Below, builder: LayerBuilder) {
    this.#target = target;
    this.#below = below;
    this.#builder = builder;
  }

  /** `.wh.NAME` in a directory. One that hides nothing leaves nothing behind (B5, B6). */
  hide(parent: DirectoryNode, name: Name, owner: Owner): void {
    const child = parent.directories.get(name);
    if (child?.holdsMembers() === true) {
      this.#hideBelowMembers(parent, child);
      return;
    }
    if (parent.members.has(name)) return;
    const hidesSomething = this.#below.entry(parent, name) !== undefined;
    if (hidesSomething && this.#builder.hasWhiteout(parent, name)) return;
    if (parent.present) this.#target.remove(parent, name);
    parent.directories.delete(name);
    if (hidesSomething) this.#builder.putWhiteout(parent, name, owner);
  }

  /** The directory is the archive's: it stays, as a new one, with nothing in it that is not the archive's. */
  #hideBelowMembers(parent: DirectoryNode, child: DirectoryNode): void {
    const merges = this.#below.wouldMerge(parent, child.name);
    this.#strip(child);
    if (merges) this.#builder.markOpaque(child);
    child.cutOff();
  }

  /** Removes from a directory all that the archive has not put there; directories left become new ones. */
  #strip(node: DirectoryNode): void {
    this.#builder.renew(node);
    this.#stripContent(node);
  }

  #stripContent(node: DirectoryNode): void {
    for (const child of [...node.directories.values()]) {
      if (child.holdsMembers()) this.#strip(child);
      else if (!child.present) node.directories.delete(child.name);
    }
    if (!node.present) return;
    for (const entry of this.#target.dir(node).entries()) {
      const name = entry.name as Name;
      if (!node.members.has(name) && node.directories.get(name)?.holdsMembers() !== true)
        this.#target.remove(node, name);
    }
  }

  /** `.wh..wh..opq` in a directory: the directory stays what it is, what was in it before is gone. */
  hideContent(node: DirectoryNode): void {
    this.#builder.bringIn(node);
    this.#stripContent(node);
    if (node.parent !== undefined) this.#builder.markOpaque(node);
    else if (this.#below.stack === undefined) this.#builder.markOpaque(node);
    else this.#rootHidden = true;
    node.cutOff();
  }

  /**
   * The kernel ignores an opaque mark on the root of a layer, so that a hidden root becomes whiteouts of all that lies
   * below and is not in this layer, and opaque marks on the directories that are (A3).
   */
  finish(): void {
    const { stack } = this.#below;
    if (!this.#rootHidden || stack?.root === undefined) return;
    const { tree } = this.#target;
    for (const name of stack.names(stack.root)) {
      const here = this.#target.root.lstatIfExists(name);
      if (here === undefined) this.#builder.putWhiteout(tree, name, this.#builder.root);
      else if (isDirectory(here.mode)) this.#coverDirectory(name);
    }
  }

  #coverDirectory(name: Name): void {
    const { tree } = this.#target;
    const { stack } = this.#below;
    const lower = stack?.root === undefined ? undefined : stack.lookup(stack.root, name);
    if (lower?.directory === undefined) return;
    this.#builder.markOpaque(tree.directories.get(name) ?? tree.add(name, 'inherited'));
  }
}
