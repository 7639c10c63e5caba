import type { Name } from '../../../host/index.ts';
import type { IdMaps } from '../../id-map.ts';
import { Refusal } from '../errors.ts';
import { readMemberName } from '../member-name.ts';
import type { ArchiveEntry } from '../tar/entry.ts';
import type { EntrySink } from '../tar/reader.ts';
import { checkIds, onDisk } from './attributes.ts';
import type { AufsLinks } from './aufs-links.ts';
import type { Below } from './below.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { MemberMaker } from './member-maker.ts';
import type { Resolver } from './resolver.ts';
import type { WhiteoutRules } from './whiteouts.ts';

/** A directory whose members come one after the other, as in most archives, and how their names begin. */
interface Run {
  readonly prefix: string;
  readonly directory: DirectoryNode;
}

/** A name that asks for nothing but a member: no other directory, no whiteout, no dots. */
const plainName = /^[^./\0][^/\0]*$/;

/** The name in the directory of the run, where it can be told without a look at the directories above. */
function nameInRun({ prefix }: Run, name: string): Name | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const rest = name.slice(prefix.length);
  return plainName.test(rest) ? (rest as Name) : undefined;
}

/** No run begins where a symlink led: a member could replace it. */
function runOf(entry: ArchiveEntry, directory: DirectoryNode): Run | undefined {
  const prefix = entry.name.slice(0, entry.name.lastIndexOf('/') + 1);
  const direct = directory.path !== '' && (prefix === `${directory.path}/` || prefix === `./${directory.path}/`);
  return direct ? { prefix, directory } : undefined;
}

/** Decides by its name what each member of a layer is for. */
export class MemberSink implements EntrySink {
  readonly #below: Below;
  readonly #resolver: Resolver;
  readonly #whiteouts: WhiteoutRules;
  readonly #maker: MemberMaker;
  readonly #aufsLinks: AufsLinks;
  readonly #idMaps: IdMaps | undefined;
  #run: Run | undefined;

  constructor(
    below: Below,
    resolver: Resolver,
    whiteouts: WhiteoutRules,
    maker: MemberMaker,
    aufsLinks: AufsLinks,
    idMaps: IdMaps | undefined,
  ) {
    this.#below = below;
    this.#resolver = resolver;
    this.#whiteouts = whiteouts;
    this.#maker = maker;
    this.#aufsLinks = aufsLinks;
    this.#idMaps = idMaps;
  }

  entry(archived: ArchiveEntry): void {
    checkIds(archived);
    const entry = onDisk(archived, this.#idMaps);
    const name = this.#run === undefined ? undefined : nameInRun(this.#run, entry.name);
    if (this.#run !== undefined && name !== undefined) this.#maker.make(this.#run.directory, name, entry);
    else this.#readName(entry);
  }

  #readName(entry: ArchiveEntry): void {
    this.#run = undefined;
    const asked = readMemberName(entry.name);
    switch (asked.kind) {
      case 'root':
        // Anything else in the place of the root would have to remove all of the layer first (C3).
        if (entry.type !== 'directory') throw new Refusal(`a ${entry.type} cannot be the layer's root`);
        this.#maker.makeRoot(entry);
        return;
      case 'member': {
        const directory = this.#resolver.plan(asked.parents);
        this.#maker.make(directory, asked.name, entry);
        this.#run = runOf(entry, directory);
        return;
      }
      case 'whiteout':
        this.#hide(asked.parents, asked.name, entry);
        return;
      case 'opaque':
        this.#hideContent(asked.parents);
        return;
      case 'aufs-link':
        if (entry.type === 'file') this.#maker.make(this.#aufsLinks.directory(), asked.name, entry);
        return;
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
    return this.#below.unknown ? this.#resolver.plan(parents) : this.#resolver.findMarked(parents);
  }
}
