/** Flags of an overlay inode (enum ovl_inode_flag). */

/** The upper directory is marked impure: it holds objects that came from below (R90, R96). */
export const INODE_IMPURE = 1;
/** The directory may hold whiteouts: it is merged, or was copied up. */
export const INODE_WHITEOUTS = 2;
/** The upper inode has an entry in the index (R161). */
export const INODE_INDEX = 4;
/** The upper inode has its own data: it is no metacopy (R176). */
export const INODE_UPPERDATA = 8;
/** st_ino is the lower's and stays so after copy-up (R100). */
export const INODE_CONST_INO = 16;

/** Flags of an overlay dentry (enum ovl_entry_flag), kept as `fsdata`. */

/** The name exists in the upper directory; an inode may have an upper without this name having one. */
export const ENTRY_UPPER_ALIAS = 1;
/** Nothing below shows: an opaque directory, or (negative) a whiteout. */
export const ENTRY_OPAQUE = 2;
/** A lower directory of the merge is marked opaque=x: it may hold xattr whiteouts (R84). */
export const ENTRY_XWHITEOUTS = 4;

/** How a path is made up of layers (enum ovl_path_type). */

/** There is an upper object. */
export const PATH_UPPER = 1;
/** More than one layer counts: a merged directory, or a metacopy file and its data. */
export const PATH_MERGE = 2;
/** The upper object keeps the identity of a lower one. */
export const PATH_ORIGIN = 4;
