import { isDirectory, type Host, type Path } from '../../host/index.ts';
import { join } from '../../host/path.ts';
import { Pace } from '../files/pace.ts';
import { walkTree } from '../tree/walk.ts';

/** What is read of a tree. */
export interface LinkSearch {
  /** What lies at or below such a path is left out. */
  readonly known?: (path: Path) => boolean;
  /** Files to remember though they have one name. */
  readonly remember?: LinkGroups;
}

/** Which names of a tree are hard links of each other. Paths are absolute within the tree, as those of changes. */
export class LinkGroups {
  readonly #groupOf = new Map<Path, Path[]>();

  static async read(host: Host, root: Path, { known, remember }: LinkSearch = {}): Promise<LinkGroups> {
    const groups = new LinkGroups();
    const byInode = new Map<string, Path[]>();
    const pace = new Pace(host.system);
    const tree = host.fs.openRoot(root);
    try {
      for (const { path, stat } of walkTree(tree, (each) => known?.(absolute(each)) ?? false)) {
        const turn = pace.step();
        if (turn !== undefined) await turn;
        if (isDirectory(stat.mode)) continue;
        if (stat.nlink > 1) groups.#add(byInode, `${stat.dev}:${stat.ino}`, absolute(path));
        else if (remember?.has(absolute(path)) === true) groups.#groupOf.set(absolute(path), [absolute(path)]);
      }
    } finally {
      tree.close();
    }
    return groups;
  }

  #add(byInode: Map<string, Path[]>, inode: string, path: Path): void {
    const group = byInode.get(inode) ?? [];
    group.push(path);
    byInode.set(inode, group);
    this.#groupOf.set(path, group);
  }

  /** Whether no file has several names. */
  get none(): boolean {
    return this.#groupOf.size === 0;
  }

  /** Whether the tree has that file, and it has several names or was to be remembered. */
  has(path: Path): boolean {
    return this.#groupOf.has(path);
  }

  /** The names of those files. */
  names(): Iterable<Path> {
    return this.#groupOf.keys();
  }

  /** All names in the tree of the file that has this name. */
  of(path: Path): readonly Path[] {
    return this.#groupOf.get(path) ?? [path];
  }
}

function absolute(path: Path): Path {
  return join('/' as Path, path);
}
