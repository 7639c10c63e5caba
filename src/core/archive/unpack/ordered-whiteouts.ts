import type { Name } from '../../../host/index.ts';
import type { Owner } from '../../files/directory.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { LayerBuilder } from './layer-builder.ts';
import type { Target } from './target.ts';
import type { WhiteoutRules } from './whiteouts.ts';

/**
 * Docker's whiteouts over a full tree (quirk ordered-whiteouts; graph-drivers.md 2.2): each acts when it comes, on the members
 * before it as well. An opaque mark spares the members that the archive has named so far, and what lies in directories that it
 * has named (A4, A5).
 */
export class OrderedWhiteouts implements WhiteoutRules {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  hide(parent: DirectoryNode, name: Name): void {
    if (parent.present) this.#target.remove(parent, name);
    parent.directories.delete(name);
    parent.members.delete(name);
  }

  hideContent(node: DirectoryNode): void {
    if (!node.present) return;
    for (const entry of this.#target.dir(node).entries()) {
      const name = entry.name as Name;
      const directory = node.directories.get(name);
      if (directory?.origin === 'member') this.hideContent(directory);
      else if (!node.members.has(name)) this.hide(node, name);
    }
  }

  finish(): void {
    // All is done.
  }
}

/**
 * Docker's whiteouts in a layer of overlayfs (graph-drivers.md 2.4): a device is made where one is asked for, which fails
 * where the archive has something already (EEXIST), and an opaque mark is an attribute, which hides nothing at the root (A3).
 */
export class ConvertedWhiteouts implements WhiteoutRules {
  readonly #builder: LayerBuilder;

  constructor(builder: LayerBuilder) {
    this.#builder = builder;
  }

  hide(parent: DirectoryNode, name: Name, owner: Owner): void {
    this.#builder.putWhiteout(parent, name, owner);
  }

  hideContent(node: DirectoryNode): void {
    this.#builder.markOpaque(this.#builder.bringIn(node));
  }

  finish(): void {
    // All is done.
  }
}
