import { isDirectory, isSystemError, type Name, type Path, type Stat } from '../../../host/index.ts';
import { quoted, Refusal } from '../errors.ts';
import { isWhiteoutDevice, type LowerEntry } from '../lower-stack.ts';
import { aufsLinks, components, whiteoutPrefix } from '../member-name.ts';
import type { FullTree, OverlayXattrs } from '../options.ts';
import type { ArchiveEntry } from '../tar/entry.ts';
import type { Report } from './attributes.ts';
import type { AufsLinks } from './aufs-links.ts';
import type { Below } from './below.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { LayerBuilder } from './layer-builder.ts';
import type { Resolver } from './resolver.ts';
import type { Target } from './target.ts';

/** What links need to know of where the layer goes. */
export interface LinkSurroundings {
  readonly overlay: OverlayXattrs | undefined;
  readonly files: FullTree['files'];
}

/** Where a link leads to: a name in the target. */
interface Source {
  readonly parent: DirectoryNode;
  readonly name: Name;
  readonly stat: Stat;
}

/**
 * Hard links within a layer, and to files of the layers below, which are copied up first, as a union mount does (A10). A target
 * that is not there, or that this layer deletes, is refused (A6).
 */
export class HardLinks {
  readonly #target: Target;
  readonly #below: Below;
  readonly #resolver: Resolver;
  readonly #builder: LayerBuilder;
  readonly #aufsLinks: AufsLinks;
  readonly #surroundings: LinkSurroundings;
  readonly #report: Report;
  /** Devices that could not be made, by path. */
  readonly #leftOut = new Set<string>();

  constructor(
    target: Target,
    below: Below,
    resolver: Resolver,
    builder: LayerBuilder,
    aufsLinks: AufsLinks,
    surroundings: LinkSurroundings,
    report: Report,
  ) {
    this.#target = target;
    this.#below = below;
    this.#resolver = resolver;
    this.#builder = builder;
    this.#aufsLinks = aufsLinks;
    this.#surroundings = surroundings;
    this.#report = report;
  }

  /** A device that is not made; links to it will not be either. */
  leaveOut(parent: DirectoryNode, name: Name): void {
    this.#leftOut.add(`${parent.path}/${name}`);
  }

  /** Makes the link; answers what the file was before, `undefined` where it leads to a device that was left out. */
  link(parent: DirectoryNode, name: Name, { linkname }: ArchiveEntry): Stat | undefined {
    const parts = components(linkname, 'stay');
    const last = parts.pop();
    if (last === undefined) throw new Refusal('a hard link to the root of the layer');
    const source = this.#find(parts, last);
    if (source === 'left-out') {
      this.#report(`the device ${quoted(linkname)} was left out, and so is the link to it`);
      this.leaveOut(parent, name);
      return undefined;
    }
    if (source === undefined) throw new Refusal(`there is no ${quoted(linkname)} to link to`);
    if (isDirectory(source.stat.mode)) throw new Refusal(`a hard link to the directory ${quoted(linkname)}`);
    if (source.parent === parent && source.name === name) throw new Refusal('a hard link to itself');
    this.#builder.bringIn(parent);
    this.#target.place(parent, name, (dir) => {
      this.#target.dir(source.parent).link(source.name, dir, name);
    });
    return source.stat;
  }

  #find(parents: readonly Name[], name: Name): Source | 'left-out' | undefined {
    const parent = this.#directory(parents, name);
    if (parent === undefined) return undefined;
    if (this.#leftOut.has(`${parent.path}/${name}`)) return 'left-out';
    const stat = parent.present ? this.#target.dir(parent).lstatIfExists(name) : undefined;
    if (stat === undefined) return this.#findBelow(parent, name);
    const gone = this.#surroundings.overlay !== undefined && isWhiteoutDevice(stat);
    return gone ? undefined : this.#own({ parent, name, stat });
  }

  /** No file can have the name of a whiteout, but for those that AUFS has links to. */
  #directory(parents: readonly Name[], name: Name): DirectoryNode | undefined {
    if (parents.length === 1 && parents[0] === aufsLinks) return this.#aufsLinks.found;
    const marked = [...parents, name].some((part) => part.startsWith(whiteoutPrefix));
    return marked ? undefined : this.#resolver.find(parents);
  }

  /** The link's own metadata will be set on the inode; a parent layer that shares it must not see that (A11). */
  #own(source: Source): Source {
    const { parent, name } = source;
    if (this.#surroundings.files === 'shared-with-parent' && !parent.members.has(name)) {
      this.#builder.breakLink(parent, name);
    }
    return source;
  }

  #findBelow(parent: DirectoryNode, name: Name): Source | undefined {
    const entry = this.#below.entry(parent, name);
    if (entry === undefined || entry === 'unknown') return undefined;
    const source = { parent, name, stat: entry.stat };
    if (isDirectory(entry.stat.mode)) return source;
    this.#builder.copyUp(parent, name, entry);
    for (const path of this.#below.namesOf(entry)) this.#linkMate(source, entry, path);
    return source;
  }

  /**
   * Another name of a file that was copied up becomes a name of the copy, as it would in a full tree, where the view still has
   * it. Otherwise the layer would part names that nobody has parted.
   */
  #linkMate({ parent, name }: Source, { layer, stat }: LowerEntry, path: Path): void {
    const parts = path.split('/') as Name[];
    const last = parts.pop();
    const directory = this.#findMateDirectory(parts);
    if (last === undefined || directory?.path !== parts.join('/')) return;
    if (directory.present && this.#target.dir(directory).lstatIfExists(last) !== undefined) return;
    const mate = this.#below.entry(directory, last);
    if (mate === undefined || mate === 'unknown' || mate.layer !== layer || mate.stat.ino !== stat.ino) return;
    this.#builder.bringIn(directory);
    this.#target.dir(parent).link(name, this.#target.dir(directory), last);
  }

  #findMateDirectory(parts: readonly Name[]): DirectoryNode | undefined {
    try {
      return this.#resolver.find(parts);
    } catch (error) {
      // What is there now is no directory.
      if (isSystemError(error, 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }
}
