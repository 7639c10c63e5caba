import { isDirectory, join, type Dir, type Host, type Name, type Path } from '../../host/index.ts';
import type { Change } from '../changes/change.ts';
import { sameEntry, sameRoot } from '../changes/compare-trees.ts';
import type { ComparisonRules } from '../changes/rules.ts';
import { Pace } from '../files/pace.ts';
import { branchNames } from './branch.ts';
import { nothingBelow, withStack, type StackDirectory } from './stack.ts';

/**
 * What a layer changes of its parent's view, told from its own directory and those below, without a mount (Docker's
 * archive.Changes, graph-drivers.md 2.7): the same list as from a comparison of both views.
 */
export function branchChanges(
  host: Host,
  diff: Path,
  below: readonly Path[],
  rules: ComparisonRules,
): Promise<readonly Change[]> {
  return withStack(host, below, async (stack) => {
    const root = host.fs.openRoot(diff);
    try {
      return await new BranchChanges(host, rules).roots(root, stack);
    } finally {
      root.close();
    }
  });
}

class BranchChanges {
  readonly #host: Host;
  readonly #rules: ComparisonRules;
  readonly #pace: Pace;
  readonly #changes: Change[] = [];

  constructor(host: Host, rules: ComparisonRules) {
    this.#host = host;
    this.#rules = rules;
    this.#pace = new Pace(host.system);
  }

  async roots(own: Dir, below: StackDirectory): Promise<readonly Change[]> {
    const root = '/' as Path;
    if (below.top !== undefined && !sameRoot(this.#host.fs, own, below.top, this.#rules))
      this.#changes.push({ kind: 'C', path: root });
    await this.#directory(root, own, below, 'merged');
    return this.#changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Lists what a layer's directory changes; answers whether that is anything. */
  async #directory(path: Path, own: Dir, below: StackDirectory, kind: 'merged' | 'opaque'): Promise<boolean> {
    const before = this.#changes.length;
    const { hidden, present } = branchNames(own);
    const older = below.entries();
    for (const name of older.keys()) {
      const gone = !present.has(name) && (kind === 'opaque' || hidden.has(name));
      if (gone) this.#changes.push({ kind: 'D', path: join(path, name) });
    }
    for (const name of present) {
      await this.#pace.step();
      await this.#member(path, own, name, below);
    }
    return this.#changes.length > before;
  }

  async #member(above: Path, directory: Dir, name: Name, below: StackDirectory): Promise<void> {
    const stat = directory.lstatIfExists(name);
    if (stat === undefined) return;
    const path = join(above, name);
    const older = below.entries().get(name);
    const differs = older === undefined || !sameEntry(this.#host.fs, { directory, name, stat }, older, this.#rules);
    const inside = isDirectory(stat.mode) && (await this.#inside(path, directory, name, below));
    if (older === undefined) this.#changes.push({ kind: 'A', path });
    else if (differs || inside) this.#changes.push({ kind: 'C', path });
  }

  async #inside(path: Path, parent: Dir, name: Name, below: StackDirectory): Promise<boolean> {
    const own = parent.openDir(name);
    try {
      const older = below.entries().get(name);
      if (older === undefined || !isDirectory(older.stat.mode)) {
        return await this.#directory(path, own, nothingBelow, 'merged');
      }
      const hides = branchNames(own).opaque || branchNames(parent).hidden.has(name);
      return await below.below(name, (directory) => this.#directory(path, own, directory, hides ? 'opaque' : 'merged'));
    } finally {
      own.close();
    }
  }
}
