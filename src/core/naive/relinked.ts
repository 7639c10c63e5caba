import { dirname, type Host, type Path } from '../../host/index.ts';
import type { Change } from '../changes/change.ts';
import type { TreePair } from '../changes/compare-trees.ts';
import { LinkGroups } from './link-groups.ts';

/** Two trees of which the older one is there. */
export type BothTrees = TreePair & { readonly older: Path };

/**
 * What a diff has to hold beside the changes, so that the same names are hard links of each other where it is applied as
 * are in the newer tree: files that are themselves unchanged, but were linked to another one, or parted from it
 * (containerd's differ sends the mates of a new link as well; Docker's sends none, and splits the file). They are listed as
 * changed, and so are the directories above them, which other tools would make anew without their attributes.
 */
export async function relinkedNames(
  host: Host,
  { newer, older, untouched }: BothTrees,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  // Where no file that may have been touched has several names, nothing was linked or parted.
  if (untouched !== undefined && (await noLinks(host, [newer, older], untouched))) return [];
  const before = await LinkGroups.read(host, older);
  const now = await LinkGroups.read(host, newer, { remember: before });
  const sent = new Set<Path>(changes.map(({ path }) => path));
  const relinked = filesToSend(now, before, sent);
  return relinked.flatMap((path) => [path, ...above(path, sent)]).map((path) => ({ kind: 'C', path }));
}

async function noLinks(host: Host, trees: readonly Path[], untouched: (path: Path) => boolean): Promise<boolean> {
  for (const tree of trees) if (!(await LinkGroups.read(host, tree, { known: untouched })).none) return false;
  return true;
}

/** The unchanged files that would not be linked to the right ones. They are added to `sent`. */
function filesToSend(now: LinkGroups, before: LinkGroups, sent: Set<Path>): readonly Path[] {
  const files: Path[] = [];
  for (const path of [...now.names()].sort()) {
    const wanted = now.of(path);
    const missing = wanted.filter((name) => !sent.has(name));
    if (missing.length === 0) continue;
    // What is left of the older tree's file where the diff is applied; no name that is sent is among it.
    const found = before.of(path).filter((name) => !sent.has(name) && now.has(name));
    if (sameNames(found, wanted)) continue;
    files.push(...missing);
    for (const name of missing) sent.add(name);
  }
  return files;
}

function sameNames(a: readonly Path[], b: readonly Path[]): boolean {
  const names = new Set(a);
  return a.length === b.length && b.every((name) => names.has(name));
}

function above(path: Path, sent: Set<Path>): readonly Path[] {
  const directories: Path[] = [];
  for (let each = dirname(path); each !== '/' && !sent.has(each); each = dirname(each)) {
    sent.add(each);
    directories.push(each);
  }
  return directories;
}
