import type { DiskFilesystem } from './names.ts';

/** How a filesystem is made on an image: the command before the name of the image, and the size of the image. */
export interface DiskRecipe {
  readonly command: readonly string[];
  readonly mebibytes: number;
}

/** The least that each can be made on; an ext4 of one group, so
 * that it gives the lowest free number to a new inode, and without an index, which orders entries at random. */
export const diskRecipes: Readonly<Record<DiskFilesystem, DiskRecipe>> = {
  ext4: { command: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-O', '^dir_index'], mebibytes: 64 },
  xfs: { command: ['mkfs.xfs', '-q', '-f'], mebibytes: 300 },
  btrfs: { command: ['mkfs.btrfs', '-q', '-f'], mebibytes: 128 },
};
