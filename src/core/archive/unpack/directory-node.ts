import type { Name, Path, Timestamp } from '../../../host/index.ts';
import { join } from '../../../host/path.ts';
import type { LowerDirectory } from '../lower-stack.ts';

/**
 * How a directory came to be in the layer: a member of the archive describes it (`member`); no member does, and it is new
 * (`implied`); or no member does, and it was there before, in the target or in the layers below (`inherited`).
 */
export type Origin = 'member' | 'implied' | 'inherited';

/**
 * What is known of a directory while a layer is unpacked. Nodes exist for the directories that the archive has touched, so
 * that whiteouts may come before or after what the layer itself has under the same name (A4, A5).
 */
export class DirectoryNode {
  readonly parent: DirectoryNode | undefined;
  readonly name: Name;
  /** Below the layer's root; '' is the root. No component is a symlink. */
  readonly path: Path;
  origin: Origin;
  /** Whether it is in the target. One that only the layers below have gets there when something is put into it. */
  present: boolean;
  /** Whether the layers below give nothing to it: it, or a directory above, is opaque or new. */
  cut: boolean;
  /** What the layers below give to it, once asked for. */
  lower: LowerDirectory | 'nothing' | 'unasked' = 'unasked';
  readonly directories = new Map<string, DirectoryNode>();
  /** The names of non-directories that the archive has put here. */
  readonly members = new Set<string>();
  /** Times to set when nothing more changes the directory. */
  times: { readonly atime: Timestamp | 'omit'; readonly mtime: Timestamp } | undefined;
  /** The mode to set at the end, where it would keep an ordinary user from filling the directory. */
  mode: number | undefined;
  /** Whether it has a default ACL, which its new children have to lose again: only their members say what they have (D7). */
  givesAcl = false;

  private constructor(parent: DirectoryNode | undefined, name: Name, origin: Origin) {
    this.parent = parent;
    this.name = name;
    this.path = parent === undefined ? ('' as Path) : join(parent.path, name);
    this.origin = origin;
    this.present = parent === undefined;
    this.cut = parent?.cut ?? false;
  }

  static root(): DirectoryNode {
    return new DirectoryNode(undefined, '' as Name, 'inherited');
  }

  add(name: Name, origin: Origin): DirectoryNode {
    const child = new DirectoryNode(this, name, origin);
    this.directories.set(name, child);
    return child;
  }

  /** Whether it or anything in it is of this archive, and so stays when a whiteout hides what was there before. */
  holdsMembers(): boolean {
    if (this.origin !== 'inherited' || this.members.size > 0) return true;
    for (const child of this.directories.values()) if (child.holdsMembers()) return true;
    return false;
  }

  /** From here on the layers below give nothing to it. */
  cutOff(): void {
    this.cut = true;
    for (const child of this.directories.values()) child.cutOff();
  }
}
