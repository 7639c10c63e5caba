import type { Dir, Name, Stat } from '../../host/index.ts';

/** Where a copy of an inode lies: the names from the root of the copied tree down to it. */
type Place = readonly Name[];

/** The copies of files that have several names, so that their further names become links to the same copy. */
export class FirstNames {
  readonly #root: Dir;
  readonly #hardLinks: 'keep' | 'split';
  readonly #places = new Map<string, Place>();

  /** `root` is the tree that the copies lie in; it stays the caller's. With `split` nothing is remembered. */
  constructor(root: Dir, hardLinks: 'keep' | 'split' = 'keep') {
    this.#root = root;
    this.#hardLinks = hardLinks;
  }

  /** Remembers that the file was copied to `name` in the directory that `parents` lead to. */
  remember(stat: Stat, parents: Place, name: Name): void {
    if (stat.nlink > 1 && this.#hardLinks === 'keep') this.#places.set(inodeOf(stat), [...parents, name]);
  }

  /** Makes `to`/`name` a link to the copy of the file, if there is one. */
  link(stat: Stat, to: Dir, name: Name): boolean {
    const place = stat.nlink > 1 ? this.#places.get(inodeOf(stat)) : undefined;
    if (place === undefined) return false;
    linkBelow(this.#root, place, to, name);
    return true;
  }
}

function inodeOf({ dev, ino }: Stat): string {
  return `${dev}:${ino}`;
}

/** One directory at a time, because a path could be longer than a system call takes. */
function linkBelow(dir: Dir, place: Place, to: Dir, toName: Name): void {
  const [name, ...below] = place;
  if (name === undefined) throw new RangeError('a file has a name');
  if (below.length === 0) {
    dir.link(name, to, toName);
    return;
  }
  const inside = dir.openDir(name);
  try {
    linkBelow(inside, below, to, toName);
  } finally {
    inside.close();
  }
}
