import { isPortable } from '../archive/pack/portable-xattrs.ts';
import type { XattrRule } from '../copy/attributes.ts';

/** The copy of a whole tree carries what an archive does. */
export const rootXattrs: XattrRule = { carries: isPortable };

/**
 * Overlayfs's own attributes that mean the same in the copy of an upper directory, which lies over the same lower one:
 * what hides, what was renamed, what has its data below. The others (origin, impure, nlink, uuid and the like) speak of
 * one inode or one mount; a copy of them would lie.
 */
const marks = /^(trusted|user)\.overlay\.(opaque|redirect|metacopy|whiteout|protattr)$/;

/** The copy of an upper directory carries those as well. */
export const upperXattrs: XattrRule = { carries: (attribute) => isPortable(attribute) || marks.test(attribute) };
