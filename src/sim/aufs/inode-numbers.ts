import type { Inode } from '../vfs/inode.ts';
import type { SavedValue, Saver } from '../vfs/snapshot.ts';
import type { Superblock } from '../vfs/superblock.ts';

/** The root directory's number; other objects have the numbers from `firstIno` on. */
export const rootIno = 2;
const firstIno = 11;

/**
 * Which number the union shows for each object of its branches (xino). Without a table (noxino) an object gets another number
 * whenever it is looked up anew.
 */
export class InodeNumbers {
  readonly #kept: 'kept' | 'not kept';
  readonly #tables = new Map<Superblock, Map<number, number>>();
  readonly #taken = new Set<number>();
  #next = firstIno;

  constructor(kept: 'kept' | 'not kept') {
    this.#kept = kept;
  }

  /** The number of a branch's object, by its own number there. */
  find(sb: Superblock, ino: number): number | undefined {
    return this.#tables.get(sb)?.get(ino);
  }

  /** The number of a branch's object; it gets one if it has none. */
  findOrTake(sb: Superblock, ino: number): number {
    const known = this.find(sb, ino);
    if (known !== undefined) return known;
    const taken = this.take();
    this.#set(sb, ino, taken);
    return taken;
  }

  /** A number that nothing has. */
  take(): number {
    while (this.#taken.has(this.#next)) this.#next += 1;
    this.#taken.add(this.#next);
    this.#next += 1;
    return this.#next - 1;
  }

  assign(real: Inode, ino: number): void {
    this.#set(real.sb, real.ino, ino);
  }

  forget(real: Inode): void {
    this.#tables.get(real.sb)?.delete(real.ino);
  }

  /** Gives a number back; it is the next to be given. */
  giveBack(ino: number): void {
    if (this.#taken.delete(ino)) this.#next = ino;
  }

  #set(sb: Superblock, ino: number, shown: number): void {
    if (this.#kept === 'not kept') return;
    const table = this.#tables.get(sb) ?? new Map<number, number>();
    this.#tables.set(sb, table.set(ino, shown));
  }

  save(saver: Saver): SavedNumbers {
    const tables = Array.from(this.#tables, ([sb, table]) => [saver.superblock(sb), [...table]] as const);
    return { next: this.#next, taken: [...this.#taken], tables };
  }

  restore(saved: SavedNumbers, superblock: (number: number) => Superblock): void {
    this.#next = saved.next;
    for (const ino of saved.taken) this.#taken.add(ino);
    for (const [sb, table] of saved.tables) this.#tables.set(superblock(sb), new Map(table));
  }
}

export interface SavedNumbers {
  readonly [key: string]: SavedValue;
  readonly next: number;
  readonly taken: readonly number[];
  readonly tables: readonly (readonly [number, readonly (readonly [number, number])[]])[];
}
