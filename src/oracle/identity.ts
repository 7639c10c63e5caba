/**
 * Device and inode numbers as traces have them: classes, numbered by first appearance, so that a trace holds nothing of
 * the machine that it was recorded on. Equal numbers are equal objects.
 */
export class IdentityClasses {
  readonly #persistentIno: boolean;
  /** Inodes of the mounted filesystem by number, where these survive a remount. */
  readonly #persistent = new Map<bigint, number>();
  /** All others by device and number; they last until the next mount. */
  readonly #transient = new Map<number, Map<bigint, number>>();
  readonly #devices = new Map<number, number>();
  #mounted: number | undefined;
  #inodes = 0;

  /** `persistentIno`: whether the mounted filesystem's inode numbers keep their class when it is mounted again. */
  constructor(persistentIno: boolean) {
    this.#persistentIno = persistentIno;
  }

  /** After each mount of the traced filesystem: `device` is its own, which gets number 0; `undefined` where none is there. */
  mounted(device: number | undefined): void {
    this.#mounted = device;
    this.#transient.clear();
    this.#devices.clear();
    if (device !== undefined) this.#devices.set(device, 0);
  }

  /** The class of a device. */
  device(device: number): number {
    return classIn(this.#devices, device, () => this.#devices.size);
  }

  /** The class of an inode; null for one whose number says nothing (a directory where numbers do not persist). */
  inode(device: number, ino: bigint, isDirectory: boolean): number | null {
    if (this.#persists(device)) return this.#persistentClass(ino);
    if (isDirectory) return null;
    let inodes = this.#transient.get(device);
    if (inodes === undefined) this.#transient.set(device, (inodes = new Map<bigint, number>()));
    return classIn(inodes, ino, this.#nextInode);
  }

  /** The class of a d_ino in a directory on `device`; null for 0, `undefined` where traces do not tell it. */
  entry(device: number, ino: bigint): number | null | undefined {
    if (ino === 0n) return null;
    return this.#persists(device) ? this.#persistentClass(ino) : undefined;
  }

  #persists(device: number): boolean {
    return this.#persistentIno && device === this.#mounted;
  }

  #persistentClass(ino: bigint): number {
    return classIn(this.#persistent, ino, this.#nextInode);
  }

  readonly #nextInode = (): number => {
    this.#inodes += 1;
    return this.#inodes - 1;
  };
}

function classIn<K>(known: Map<K, number>, key: K, next: () => number): number {
  let number = known.get(key);
  if (number === undefined) known.set(key, (number = next()));
  return number;
}
