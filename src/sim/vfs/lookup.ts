/** How a path is looked up (LOOKUP_*). */

/** A symlink in the last component is followed. */
export const LOOKUP_FOLLOW = 0x0001;
/** The result must be a directory. */
export const LOOKUP_DIRECTORY = 0x0002;
/** An empty path means the starting directory or descriptor itself. */
export const LOOKUP_EMPTY = 0x4000;
/** The empty path of linkat(2): only for the opener of the descriptor, or with CAP_DAC_READ_SEARCH. */
export const LOOKUP_LINKAT_EMPTY = 0x8000 | LOOKUP_EMPTY;
export const LOOKUP_NO_SYMLINKS = 0x010000;
export const LOOKUP_NO_XDEV = 0x040000;
export const LOOKUP_BENEATH = 0x080000;
export const LOOKUP_IN_ROOT = 0x100000;
/** The lookup must stay below where it starts. */
export const LOOKUP_IS_SCOPED = LOOKUP_BENEATH | LOOKUP_IN_ROOT;
