import type { Name } from '../../../host/index.ts';
import { aufsLinks } from '../member-name.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { Resolver } from './resolver.ts';
import type { Target } from './target.ts';

/**
 * AUFS kept files with several names in `.wh..wh.plnk`, and old layers have them as members there, to which the members for their
 * names are hard links. They are unpacked into that directory, which no layer can have otherwise, and taken away at the end,
 * when their names are links to each other (C7).
 */
export class AufsLinks {
  readonly #target: Target;
  readonly #resolver: Resolver;
  #directory: DirectoryNode | undefined;

  constructor(target: Target, resolver: Resolver) {
    this.#target = target;
    this.#resolver = resolver;
  }

  directory(): DirectoryNode {
    this.#directory ??= this.#resolver.plan([aufsLinks as Name]);
    return this.#directory;
  }

  finish(): void {
    const directory = this.#directory;
    if (directory === undefined) return;
    for (const name of [...directory.members]) this.#target.remove(directory, name as Name);
    if (directory.origin === 'implied') this.#target.remove(this.#target.tree, directory.name);
  }
}
