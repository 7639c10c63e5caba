import { isDirectory, type Dir, type Name, type Path } from '../../../host/index.ts';
import type { LowerDirectory, LowerEntry, LowerStack } from '../lower-stack.ts';
import type { DirectoryNode } from './directory-node.ts';
import { InodeNames } from './inode-names.ts';

/**
 * What lies below the layer being unpacked. `nothing`: a full tree has its past in itself; `unknown`: the driver did not say,
 * and the layer is unpacked blindly, as dockerd does it; or a stack of layers.
 */
export class Below {
  readonly #stack: LowerStack | 'nothing' | 'unknown';
  readonly #names = new Map<number, InodeNames>();

  constructor(stack: LowerStack | 'nothing' | 'unknown') {
    this.#stack = stack;
  }

  get stack(): LowerStack | undefined {
    return typeof this.#stack === 'string' ? undefined : this.#stack;
  }

  get unknown(): boolean {
    return this.#stack === 'unknown';
  }

  /** What the layers below show under a name of a directory. */
  entry(node: DirectoryNode, name: Name): LowerEntry | 'unknown' | undefined {
    if (node.cut || this.#stack === 'nothing') return undefined;
    if (this.#stack === 'unknown') return 'unknown';
    const directory = this.#directory(node, this.#stack);
    return directory === 'nothing' ? undefined : this.#stack.lookup(directory, name);
  }

  /** Whether a new directory of that name would show content from below, and so has to be opaque. */
  wouldMerge(node: DirectoryNode, name: Name): boolean {
    const entry = this.entry(node, name);
    return entry === 'unknown' || (entry !== undefined && isDirectory(entry.stat.mode));
  }

  /** The names, in its own layer, of a file of the layers below that has several. */
  namesOf({ layer, stat }: LowerEntry): readonly Path[] {
    if (stat.nlink < 2 || this.stack?.root === undefined) return [];
    const known = this.#names.get(layer) ?? new InodeNames(this.stack.open(this.stack.root, layer));
    this.#names.set(layer, known);
    return known.of(stat.ino);
  }

  /** The directory of the layer that shows an entry of `node`; it is the stack's, and good until the next question to it. */
  openNearest(node: DirectoryNode, entry: LowerEntry): Dir {
    const directory = this.stack === undefined ? 'nothing' : this.#directory(node, this.stack);
    if (this.stack === undefined || directory === 'nothing') throw new RangeError('nothing lies below');
    return this.stack.open(directory, entry.layer);
  }

  #directory(node: DirectoryNode, stack: LowerStack): LowerDirectory | 'nothing' {
    if (node.lower === 'unasked') node.lower = this.#lookup(node, stack) ?? 'nothing';
    return node.lower;
  }

  #lookup(node: DirectoryNode, stack: LowerStack): LowerDirectory | undefined {
    if (node.parent === undefined) return stack.root;
    const parent = this.#directory(node.parent, stack);
    return parent === 'nothing' ? undefined : stack.lookup(parent, node.name)?.directory;
  }
}
