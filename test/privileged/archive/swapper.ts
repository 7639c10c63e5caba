import { rmSync } from 'node:fs';
import {
  isSymlink,
  isSystemError,
  join,
  pathFromText,
  RENAME_EXCHANGE,
  textFromPath,
  type Dir,
  type Name,
  type Path,
} from '../../../src/host/index.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';

/*
 * swapper.ts OUTSIDE ROOT: a process of its own, which exchanges directories of the root with symlinks to the directories of the
 * same name outside, there and back, until it is killed. It says `ready` to its parent once.
 */

const [outside = '' as Path, place = '' as Path] = process.argv.slice(2).map(pathFromText);
const result = linuxHost();
if (!result.ok) throw new Error(result.reason);
const root = result.host.fs.openRoot(place);

process.send?.('ready');
for (;;) {
  swap(root, 'd' as Name, join(outside, 'd'), join(place, 'd.link'));
  swap(root, 'p' as Name, join(outside, 'p'), join(place, 'p.link'));
  swapInD();
}

function swapInD(): void {
  const d = unlessRefused(() => root.openDir('d' as Name));
  if (d === undefined) return;
  swap(d, 'e' as Name, join(outside, 'd/e'), join(place, 'd/e.link'));
  d.close();
}

/** The archive at work may remove or make either name at any time. */
function swap(dir: Dir, name: Name, target: Path, linkPath: Path): void {
  const link = `${name}.link` as Name;
  const stat = unlessRefused(() => dir.lstatIfExists(link));
  if (stat !== undefined && !isSymlink(stat.mode)) remove(linkPath);
  unlessRefused(() => {
    dir.symlink(target, link);
  });
  for (let there = 0; there < 2; there += 1) {
    unlessRefused(() => {
      dir.rename(name, dir, link, RENAME_EXCHANGE);
    });
  }
}

/** As far as the archive lets it: what is made there meanwhile may stay. */
function remove(path: Path): void {
  try {
    rmSync(textFromPath(path), { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
