import { isDirectory, type Dir, type Name, type Path, type Stat } from '../../host/index.ts';
import { join } from '../../host/path.ts';
import { opaqueMarker, whiteoutPrefix } from '../archive/member-name.ts';

/** What a directory of a branch says. */
export interface BranchNames {
  /** Nothing of the directory below counts. */
  readonly opaque: boolean;
  /** Names of which nothing below counts. */
  readonly hidden: ReadonlySet<Name>;
  /** Names that are there. */
  readonly present: ReadonlySet<Name>;
}

/** Reads a directory of a branch: `.wh.NAME` hides, `.wh..wh.…` is aufs's own. */
export function branchNames(directory: Dir): BranchNames {
  const hidden = new Set<Name>();
  const present = new Set<Name>();
  let opaque = false;
  for (const { name } of directory.entries()) {
    if (!name.startsWith(whiteoutPrefix)) {
      present.add(name as Name);
      continue;
    }
    const about = name.slice(whiteoutPrefix.length);
    if (name === opaqueMarker) opaque = true;
    else if (about !== '' && !about.startsWith(whiteoutPrefix)) hidden.add(about as Name);
  }
  return { opaque, hidden, present };
}

/** Something that a layer's own directory says, by the path that it says it of. */
export type BranchEntry =
  | { readonly kind: 'whiteout'; readonly path: Path; readonly name: Name }
  | { readonly kind: 'opaque'; readonly path: Path }
  | { readonly kind: 'member'; readonly path: Path; readonly name: Name; readonly stat: Stat; readonly parent: Dir };

/**
 * All that a layer's directory says, each directory before what is in it, names in the order of their bytes. That of the root
 * being opaque is left out: aufs does not look there.
 */
export function* walkBranch(root: Dir, path = '' as Path): Generator<BranchEntry, void, undefined> {
  const { opaque, hidden, present } = branchNames(root);
  if (opaque && path !== '') yield { kind: 'opaque', path };
  for (const name of [...new Set([...hidden, ...present])].sort()) {
    const at = join(path, name);
    if (hidden.has(name)) yield { kind: 'whiteout', path: at, name };
    const stat = present.has(name) ? root.lstatIfExists(name) : undefined;
    if (stat === undefined) continue;
    yield { kind: 'member', path: at, name, stat, parent: root };
    if (!isDirectory(stat.mode)) continue;
    const below = root.openDir(name);
    try {
      yield* walkBranch(below, at);
    } finally {
      below.close();
    }
  }
}
