import type { Answer } from '../outcome.ts';
import type { OpRecord } from '../records.ts';
import type { Json, JsonObject } from '../schema.ts';
import { symlinkTarget } from './layers.ts';
import { Places } from './places.ts';
import type { Scene } from './scene.ts';
import * as vocabulary from './vocabulary.ts';

/** Makes random operations on the mounted filesystem. It keeps descriptors open now and then, while other things happen. */
export class Operations {
  readonly #scene: Scene;
  readonly #places: Places;
  readonly #open = new Set<number>();
  /** The ids of the operation that is being made; no field at all for root. */
  #caller: { readonly as?: readonly [number, number] } = {};

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#places = new Places(scene);
  }

  /** Makes one thing happen: an operation or a few that belong together. */
  next(): void {
    const { chance } = this.#scene;
    this.#caller = chance.percent(10) ? { as: chance.pick(vocabulary.others) } : {};
    chance.weighted(this.#kinds)();
  }

  /** Closes what is still open, so that the filesystem can be unmounted. */
  closeAll(): void {
    this.#caller = {};
    for (const fd of [...this.#open]) this.#close(fd);
  }

  readonly #kinds: readonly (readonly [weight: number, happening: () => void])[] = [
    [12, () => void this.#onPath('stat')],
    [8, () => void this.#onPath('lstat')],
    [10, () => void this.#onPath('readdir')],
    [2, () => void this.#onPath('readlink')],
    [
      1,
      () => {
        this.#walk();
      },
    ],
    [
      14,
      () => {
        this.#openExisting();
      },
    ],
    [
      9,
      () => {
        this.#openNew();
      },
    ],
    [
      2,
      () => {
        this.#openUnnamed();
      },
    ],
    [
      8,
      () => {
        this.#useDescriptor();
      },
    ],
    [
      8,
      () => {
        this.#makeDirectory();
      },
    ],
    [7, () => void this.#onPath('rmdir')],
    [8, () => void this.#onPath('unlink')],
    [
      12,
      () => {
        this.#rename();
      },
    ],
    [
      6,
      () => {
        this.#link();
      },
    ],
    [
      5,
      () => {
        this.#symlink();
      },
    ],
    [
      5,
      () => {
        this.#makeNode();
      },
    ],
    [
      5,
      () => {
        this.#chmod();
      },
    ],
    [
      5,
      () => {
        this.#chown();
      },
    ],
    [
      4,
      () => {
        this.#setTimes();
      },
    ],
    [
      4,
      () => {
        this.#truncate();
      },
    ],
    [
      4,
      () => {
        this.#access();
      },
    ],
    [
      5,
      () => {
        this.#setAttribute();
      },
    ],
    [
      7,
      () => {
        this.#readAttributes();
      },
    ],
    [
      3,
      () => {
        this.#removeAttribute();
      },
    ],
  ];

  #run(record: OpRecord): Answer {
    const answer = this.#scene.run({ ...record, ...this.#caller });
    this.#places.learn(record, answer);
    return answer;
  }

  #onPath(op: 'stat' | 'lstat' | 'readdir' | 'readlink' | 'rmdir' | 'unlink'): Answer {
    return this.#run({ t: 'op', op, path: this.#places.any() });
  }

  /** Reads all directories, as find(1) does. */
  #walk(): void {
    const pending = ['.'];
    for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
      const { r } = this.#run({ t: 'op', op: 'readdir', path });
      const entries = Array.isArray(r) ? (r as readonly Json[]) : [];
      for (const entry of entries) {
        const [name, type] = Array.isArray(entry) ? (entry as readonly Json[]) : [];
        if (type === 'dir' && typeof name === 'string') pending.push(path === '.' ? name : `${path}/${name}`);
      }
    }
  }

  /** Opens what can be opened without waiting (a fifo would) and without a driver behind it (a device node). */
  #openExisting(): void {
    const { chance } = this.#scene;
    const path = this.#places.any();
    if (!canBeOpened(this.#run({ t: 'op', op: 'stat', path }))) return;
    const flags = chance.pick(vocabulary.existingFlags);
    const { r: fd } = this.#run({ t: 'op', op: 'open', path, flags });
    if (typeof fd !== 'number') return;
    this.#open.add(fd);
    if (flags.includes('O_RDONLY') || flags.includes('O_RDWR')) this.#read(fd);
    if (flags.includes('O_WRONLY') || flags.includes('O_RDWR')) this.#write(fd, '+app');
    if (chance.percent(70)) this.#close(fd);
  }

  #openNew(): void {
    const { chance } = this.#scene;
    const path = chance.percent(50) ? this.#places.fresh() : this.#places.any();
    if (!canBeOpened(this.#run({ t: 'op', op: 'stat', path }))) return;
    const flags = chance.pick(vocabulary.newFlags);
    const mode = chance.pick([0o644, 0o666, 0o600, 0o777]);
    const { r: fd } = this.#run({ t: 'op', op: 'open', path, flags, mode });
    if (typeof fd !== 'number') return;
    this.#open.add(fd);
    this.#write(fd, 'new');
    if (chance.percent(80)) this.#close(fd);
  }

  /** A file without a name, where the path is a directory. */
  #openUnnamed(): void {
    const { chance } = this.#scene;
    const path = this.#places.any();
    const { r: fd } = this.#run({ t: 'op', op: 'open', path, flags: ['O_RDWR', 'O_TMPFILE'], mode: 0o600 });
    if (typeof fd !== 'number') return;
    this.#open.add(fd);
    this.#write(fd, 'unnamed');
    this.#run({ t: 'op', op: 'fstat', fd });
    if (chance.percent(60)) this.#close(fd);
  }

  #read(fd: number): void {
    this.#run({ t: 'op', op: 'read', fd, len: vocabulary.readLength });
  }

  #write(fd: number, start: string): void {
    const { chance } = this.#scene;
    if (chance.percent(30)) return;
    const data = start + String(chance.below(100)) + 'y'.repeat(chance.pick(vocabulary.paddings));
    this.#run({ t: 'op', op: 'write', fd, data });
  }

  #close(fd: number): void {
    this.#run({ t: 'op', op: 'close', fd });
    this.#open.delete(fd);
  }

  #useDescriptor(): void {
    const { chance } = this.#scene;
    if (this.#open.size === 0) {
      this.#openExisting();
      return;
    }
    const fd = chance.pick([...this.#open]);
    chance.weighted<() => void>([
      [
        4,
        () => {
          this.#close(fd);
        },
      ],
      [
        3,
        () => {
          this.#read(fd);
        },
      ],
      [
        3,
        () => {
          this.#write(fd, 'w');
        },
      ],
      [3, () => void this.#run({ t: 'op', op: 'fstat', fd })],
      [2, () => void this.#run({ t: 'op', op: 'lseek', fd, ...chance.pick(vocabulary.positions) })],
      [1, () => void this.#run({ t: 'op', op: 'ftruncate', fd, len: chance.pick(vocabulary.lengths) })],
      [1, () => void this.#run({ t: 'op', op: 'fchmod', fd, mode: chance.pick(vocabulary.chmodModes) })],
    ])();
  }

  #makeDirectory(): void {
    this.#run({ t: 'op', op: 'mkdir', path: this.#places.fresh(), mode: this.#scene.chance.pick(vocabulary.dirModes) });
  }

  #rename(): void {
    const { chance } = this.#scene;
    const path = this.#places.any();
    const to = chance.percent(50) ? this.#places.fresh() : this.#places.any();
    const flags = chance.percent(20) ? { flags: chance.pick(vocabulary.renameFlags) } : {};
    this.#run({ t: 'op', op: 'rename', path, to, ...flags });
  }

  #link(): void {
    const { chance } = this.#scene;
    const follow = chance.percent(20) ? { follow: true } : {};
    this.#run({ t: 'op', op: 'link', path: this.#places.any(), to: this.#places.fresh(), ...follow });
  }

  #symlink(): void {
    const path = this.#places.fresh();
    const parent = path.split('/').slice(0, -1).join('/');
    this.#run({ t: 'op', op: 'symlink', target: symlinkTarget(this.#scene, parent), path });
  }

  #makeNode(): void {
    const { chance } = this.#scene;
    const [kind, rdev] = chance.pick(vocabulary.nodes);
    this.#run({ t: 'op', op: 'mknod', path: this.#places.fresh(), kind, mode: 0o640, rdev });
  }

  #chmod(): void {
    this.#run({ t: 'op', op: 'chmod', path: this.#places.any(), mode: this.#scene.chance.pick(vocabulary.chmodModes) });
  }

  #chown(): void {
    const { chance } = this.#scene;
    const [uid, gid] = chance.pick(vocabulary.owners);
    this.#run({ t: 'op', op: chance.percent(50) ? 'chown' : 'lchown', path: this.#places.any(), uid, gid });
  }

  #setTimes(): void {
    const { chance } = this.#scene;
    const time = chance.percent(30) ? null : this.#scene.newTime();
    this.#run({ t: 'op', op: 'utimes', path: this.#places.any(), time, follow: chance.percent(50) });
  }

  #truncate(): void {
    this.#run({ t: 'op', op: 'truncate', path: this.#places.any(), len: this.#scene.chance.pick(vocabulary.lengths) });
  }

  #access(): void {
    this.#run({
      t: 'op',
      op: 'access',
      path: this.#places.any(),
      mode: this.#scene.chance.pick(['f', 'r', 'w', 'x', 'rw']),
    });
  }

  #setAttribute(): void {
    const { chance } = this.#scene;
    this.#run({
      t: 'op',
      op: 'setxattr',
      path: this.#places.any(),
      name: chance.pick(vocabulary.attributes),
      value: chance.percent(80) ? `x${chance.below(100)}` : chance.pick(vocabulary.values),
      ...(chance.percent(25) ? { flags: chance.pick(['create', 'replace'] as const) } : {}),
      ...this.#follow(),
    });
  }

  #readAttributes(): void {
    const { chance } = this.#scene;
    const path = this.#places.any();
    const follow = this.#follow();
    if (chance.percent(50)) this.#run({ t: 'op', op: 'listxattr', path, ...follow });
    else this.#run({ t: 'op', op: 'getxattr', path, name: chance.pick(vocabulary.attributes), ...follow });
  }

  #removeAttribute(): void {
    const name = this.#scene.chance.pick(vocabulary.attributes);
    this.#run({ t: 'op', op: 'removexattr', path: this.#places.any(), name, ...this.#follow() });
  }

  #follow(): { readonly follow?: boolean } {
    return this.#scene.chance.percent(25) ? { follow: false } : {};
  }
}

/** Whether an open of what stat found returns at once. Names that are not there are opened as well. */
function canBeOpened({ r, e }: Answer): boolean {
  if (e !== undefined) return true;
  const { type } = (r ?? {}) as JsonObject;
  return type === 'reg' || type === 'dir';
}
