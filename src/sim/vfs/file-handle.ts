/** A file handle (struct file_handle): the low byte of its type, and the bytes that only its filesystem understands. */
export interface FileHandle {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Types of handles (enum fid_type). */
export const FILEID_INO32_GEN = 1;
export const FILEID_INVALID = 0xff;
