import type { Name, System } from '../../../host/index.ts';
import { randomName } from '../../files/random-name.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { Resolver } from './resolver.ts';
import type { Target } from './target.ts';

/**
 * AUFS kept files with several names in `.wh..wh.plnk`, and old layers have them as members there, to which the members for their
 * names are hard links. They are unpacked into a directory with a random name, which no archive can know, and taken away at the end,
 * when their names are links to each other (C7). Their own name is one that a mounted aufs lets nobody use.
 */
export class AufsLinks {
  readonly #target: Target;
  readonly #resolver: Resolver;
  readonly #system: System;
  #directory: DirectoryNode | undefined;

  constructor(target: Target, resolver: Resolver, system: System) {
    this.#target = target;
    this.#resolver = resolver;
    this.#system = system;
  }

  /** Where the files are, if there are any. */
  get found(): DirectoryNode | undefined {
    return this.#directory;
  }

  directory(): DirectoryNode {
    this.#directory ??= this.#resolver.plan([`.links-${randomName(this.#system)}` as Name]);
    return this.#directory;
  }

  finish(): void {
    if (this.#directory !== undefined) this.#target.remove(this.#target.tree, this.#directory.name);
  }
}
