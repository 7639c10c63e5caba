/** What the kernel counts for an inode or a name of one, in bytes (BOGO_INODE_SIZE). */
const inodeSpace = 1024;

/** How much a filesystem may hold, and holds (struct shmem_sb_info). A limit of 0 is none. */
export class Limits {
  maxBlocks: number;
  maxInodes: number;
  usedBlocks = 0;
  /** Bytes that inodes, names and attributes take, of maxInodes * 1024. */
  usedInodeSpace = 0;

  constructor(maxBlocks: number, maxInodes: number) {
    this.maxBlocks = maxBlocks;
    this.maxInodes = maxInodes;
  }

  /** Takes blocks if there are so many. */
  takeBlocks(count: number): boolean {
    if (this.maxBlocks !== 0 && this.usedBlocks + count > this.maxBlocks) return false;
    this.usedBlocks += count;
    return true;
  }

  giveBlocks(count: number): void {
    this.usedBlocks -= count;
  }

  takeInode(): boolean {
    return this.takeInodeSpace(inodeSpace);
  }

  giveInode(): void {
    this.usedInodeSpace -= inodeSpace;
  }

  takeInodeSpace(bytes: number): boolean {
    if (this.maxInodes !== 0 && this.usedInodeSpace + bytes > this.maxInodes * inodeSpace) return false;
    this.usedInodeSpace += bytes;
    return true;
  }

  giveInodeSpace(bytes: number): void {
    this.usedInodeSpace -= bytes;
  }

  get freeBlocks(): number {
    return this.maxBlocks - this.usedBlocks;
  }

  get freeInodes(): number {
    return Math.floor((this.maxInodes * inodeSpace - this.usedInodeSpace) / inodeSpace);
  }

  /** Why these limits cannot be had with what is held now, in the kernel's words (shmem_reconfigure). */
  refusal(blocks: number | undefined, inodes: number | undefined): string | undefined {
    if (blocks !== undefined && blocks !== 0) {
      if (this.maxBlocks === 0) return 'Cannot retroactively limit size';
      if (this.usedBlocks > blocks) return 'Too small a size for current use';
    }
    if (inodes !== undefined && inodes !== 0) {
      if (this.maxInodes === 0) return 'Cannot retroactively limit inodes';
      if (this.usedInodeSpace > inodes * inodeSpace) return 'Too few inodes for current use';
    }
    return undefined;
  }
}
