import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { OpenFile } from './open-file.ts';
import type { Superblock } from './superblock.ts';

/**
 * A machine as plain data, for clones and for files. Superblocks are saved in order of creation, so that whatever one refers
 * to in those below it is restored before. Bytes are shared between the machine and its copy: whoever writes to them next
 * makes his own first.
 */
export type SavedValue =
  | null
  | boolean
  | number
  | string
  | bigint
  | Uint8Array
  | readonly SavedValue[]
  | { readonly [key: string]: SavedValue | undefined };

/** Gives numbers to the objects that a superblock refers to, so that they are saved with the machine. */
export interface Saver {
  superblock(sb: Superblock): number;
  /** The dentry and all its ancestors are saved. */
  dentry(dentry: Dentry): number;
  /** A private mount of this superblock (Kernel.clonePrivateMount). */
  mount(mount: Mount): number;
  /** An open file that a parameter of a mount names. */
  file(file: OpenFile): number;
}

/** Finds the restored objects by the numbers of a Saver. */
export interface Loader {
  superblock(number: number): Superblock;
  /** Of a superblock with a lower id than the one being restored. */
  dentry(number: number): Dentry;
  /** Of the dentry's own superblock, once that is restored: see Superblock.restoreDentry. */
  inode(number: number, id: number): Inode;
  mount(number: number): Mount;
  /** Only for what is restored after all files: descriptions of mounts. */
  file(number: number): OpenFile;
}
