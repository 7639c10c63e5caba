import type { XattrRule } from '../copy/attributes.ts';
import { socketsIn, type CopyOptions } from '../copy/copy-tree.ts';
import { keptXattrs } from '../kept-xattrs.ts';
import type { Context } from './context.ts';

/** The copy of a whole tree carries what an archive does. */
export function rootXattrs({ quirks }: Context): XattrRule {
  return { carries: keptXattrs(quirks) };
}

/**
 * Overlayfs's own attributes that mean the same in the copy of an upper directory, which lies over the same lower one:
 * what hides, what was renamed, what has its data below. The others (origin, impure, nlink, uuid and the like) speak of
 * one inode or one mount; a copy of them would lie.
 */
const marks = /^(trusted|user)\.overlay\.(opaque|redirect|metacopy|whiteout|protattr)$/;
const opaqueMark = /^(trusted|user)\.overlay\.opaque$/;

/** The copy of an upper directory carries those as well; Docker's that of being opaque alone. */
function upperXattrs({ quirks }: Context): XattrRule {
  const keeps = keptXattrs(quirks);
  const kept = quirks.has('capabilities-alone') ? opaqueMark : marks;
  return { carries: (attribute) => keeps(attribute) || kept.test(attribute) };
}

/** How a parent's `upper` becomes a new layer's own. */
export function copyOfUpper(context: Context): CopyOptions {
  const hardLinks = context.quirks.has('split-copied-links') ? 'split' : 'keep';
  return {
    files: 'copy',
    hardLinks,
    directoryTimes: directoryTimes(context),
    sockets: socketsIn(context.quirks),
    xattrs: upperXattrs(context),
    warn: context.warn,
  };
}

/** How a parent's `root` becomes the beginning of a new layer's. */
export function treeOfLinks(context: Context): CopyOptions {
  const files = context.quirks.has('fail-at-link-limit') ? 'link-or-fail' : 'link';
  return {
    files,
    directoryTimes: directoryTimes(context),
    sockets: socketsIn(context.quirks),
    xattrs: rootXattrs(context),
    warn: context.warn,
  };
}

function directoryTimes({ quirks }: Context): 'keep' | 'set-before-content' {
  return quirks.has('lose-directory-times') ? 'set-before-content' : 'keep';
}
