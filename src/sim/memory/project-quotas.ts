/**
 * Blocks that xfs sets aside of a project until an inode is made: for the inode (XFS_IALLOC_SPACE_RES), and for a name with it
 * (XFS_DIRENTER_SPACE_RES besides). They are those of a disk of 320 MiB, measured on Linux 6.1; on one of 20 GiB, whose trees of inodes
 * may be higher, it is two more.
 */
export const xfsReserves = { unnamed: 12, named: 47 } as const;

/** What the projects of one filesystem use, and may use at most, in blocks of the filesystem; a limit may be part of one. */
export class ProjectQuotas {
  readonly #limits = new Map<number, number>();
  readonly #used = new Map<number, number>();

  limit(project: number): number {
    return this.#limits.get(project) ?? 0;
  }

  /** 0 is no limit. */
  setLimit(project: number, blocks: number): void {
    this.#limits.set(project, blocks);
  }

  used(project: number): number {
    return this.#used.get(project) ?? 0;
  }

  /** Whether a project may use so many blocks more. */
  allows(project: number, count: number): boolean {
    const limit = this.limit(project);
    return limit === 0 || this.used(project) + count <= limit;
  }

  /** Counts blocks taken, or given back where there are less than none. */
  count(project: number, blocks: number): void {
    this.#used.set(project, this.used(project) + blocks);
  }

  save(): readonly (readonly [project: number, limit: number])[] {
    return [...this.#limits];
  }
}
