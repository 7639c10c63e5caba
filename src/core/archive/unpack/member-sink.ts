import type { Name } from '../../../host/index.ts';
import { Refusal } from '../errors.ts';
import { readMemberName } from '../member-name.ts';
import type { ArchiveEntry } from '../tar/entry.ts';
import type { EntrySink } from '../tar/reader.ts';
import { checkIds } from './attributes.ts';
import type { Below } from './below.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { MemberMaker } from './member-maker.ts';
import type { Resolver } from './resolver.ts';
import type { Whiteouts } from './whiteouts.ts';

/** Decides by its name what each member of a layer is for. */
export class MemberSink implements EntrySink {
  readonly #below: Below;
  readonly #resolver: Resolver;
  readonly #whiteouts: Whiteouts;
  readonly #maker: MemberMaker;

  constructor(below: Below, resolver: Resolver, whiteouts: Whiteouts, maker: MemberMaker) {
    this.#below = below;
    this.#resolver = resolver;
    this.#whiteouts = whiteouts;
    this.#maker = maker;
  }

  entry(entry: ArchiveEntry): void {
    const asked = readMemberName(entry.name);
    checkIds(entry);
    switch (asked.kind) {
      case 'root':
        // Anything else in the place of the root would have to remove all of the layer first (C3).
        if (entry.type !== 'directory') throw new Refusal(`a ${entry.type} cannot be the layer's root`);
        this.#maker.makeRoot(entry);
        return;
      case 'member':
        this.#maker.make(this.#resolver.plan(asked.parents), asked.name, entry);
        return;
      case 'whiteout':
        this.#hide(asked.parents, asked.name, entry);
        return;
      case 'opaque':
        this.#hideContent(asked.parents);
        return;
      case 'aufs-link':
      case 'aufs':
        return;
    }
  }

  data(bytes: Buffer, at: number): void {
    this.#maker.write(bytes, at);
  }

  end(): void {
    this.#maker.finish();
  }

  #hide(parents: readonly Name[], name: Name, owner: ArchiveEntry): void {
    const parent = this.#existing(parents);
    if (parent !== undefined) this.#whiteouts.hide(parent, name, owner);
  }

  #hideContent(parents: readonly Name[]): void {
    const directory = this.#existing(parents);
    if (directory !== undefined) this.#whiteouts.hideContent(directory);
  }

  /** A whiteout where no directory is hides nothing (B5); what lies below being unknown, there may be one. */
  #existing(parents: readonly Name[]): DirectoryNode | undefined {
    return this.#below.unknown ? this.#resolver.plan(parents) : this.#resolver.find(parents);
  }
}
