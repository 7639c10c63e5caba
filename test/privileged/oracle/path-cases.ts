import { Chance } from '../../../src/oracle/record/chance.ts';
import type { JsonObject } from '../../../src/oracle/schema.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';
import { Scene } from './scene.ts';

/** Where the files of a case are: on a tmpfs, or on an overlay with everything in the upper or in the lower layer. */
export const places = [
  'plain',
  'upper',
  'lower',
  'lower-redirect',
  'lower-index',
  'lower-metacopy',
  'lower-userxattr',
] as const;
export type Place = (typeof places)[number];

/**
 * A random case of the kind that posix trace files hold: several processes with ids of their own, paths with dots, doubled and
 * trailing slashes, loops and over-long names, descriptors that are not open, and all flags of open(2) in any combination.
 */
export function pathCase(place: Place, seed: number, length: number): Trace {
  return new PathCase(place, seed).make(length);
}

const layers = 'lowerdir=/fs0/l,upperdir=/fs0/u,workdir=/fs0/w';
const mountOptions: Readonly<Record<Place, string>> = {
  plain: '',
  upper: layers,
  lower: layers,
  'lower-redirect': `${layers},redirect_dir=on`,
  'lower-index': `${layers},index=on`,
  'lower-metacopy': `${layers},redirect_dir=on,index=on,metacopy=on`,
  'lower-userxattr': `${layers},userxattr`,
};

interface Caller {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const root: Caller = { pid: 1, uid: 0, gid: 0 };
const modes: readonly number[] = [0o777, 0o666, 0o644, 0o600, 0, 0o7777, 0o1777, 0o2755, 0o4755, 0o111, 0o222, 0o444];
const offsets: readonly number[] = [0, 3, -1, 5000];
const lengths: readonly number[] = [0, 3, 100, -1];

class PathCase {
  readonly #place: Place;
  readonly #chance: Chance;
  readonly #scene = new Scene();
  readonly #callers: Caller[] = [root];
  readonly #id: string;

  constructor(place: Place, seed: number) {
    this.#place = place;
    this.#id = `${place}/${seed}`;
    this.#chance = new Chance(this.#id);
  }

  make(length: number): Trace {
    this.#mountAndFill();
    this.#startProcesses();
    for (let left = length; left > 0; left -= 1) this.#happen();
    this.#dump();
    return this.#scene.trace(this.#id, { suite: 'posix', mnt: '/m', paths: 'chroot', persistent_ino: true });
  }

  #mountAndFill(): void {
    const lower = this.#place.startsWith('lower');
    if (this.#place === 'plain') {
      this.#scene.host('mkfs', { path: '/m', fs: 'tmpfs' });
      this.#scene.host('chmod', { path: '/m', mode: 0o777 });
    } else {
      this.#scene.host('mkfs', { path: '/fs0', fs: 'tmpfs' });
      for (const name of ['l', 'u', 'w']) this.#scene.host('mkdir', { path: `/fs0/${name}`, mode: 0o777 });
      if (!lower) this.#mount();
    }
    this.#scene.add({ t: 'chroot', path: lower ? '/fs0/l' : '/m' });
    this.#fill();
    if (!lower) return;
    this.#mount();
    this.#scene.add({ t: 'chroot', path: '/m' });
  }

  #mount(): void {
    this.#scene.host('mount', { at: '/m', options: mountOptions[this.#place] });
  }

  #fill(): void {
    const chance = this.#chance;
    const op = (name: string, call: JsonObject): void => {
      this.#scene.op(name, call);
    };
    const file = (path: string, data: string): void => {
      op('open', { path, flags: ['O_WRONLY', 'O_CREAT'], mode: chance.pick(modes) });
      op('write', { fd: 3, data });
      op('close', { fd: 3 });
    };
    const fixtures: readonly (() => void)[] = [
      () => {
        op('mkdir', { path: 'd1', mode: 0o777 });
      },
      () => {
        op('mkdir', { path: 'd2', mode: chance.pick(modes) });
      },
      () => {
        op('mkdir', { path: 'd1/d3', mode: 0o777 });
      },
      () => {
        file('f1', 'hello world');
      },
      () => {
        file('d1/f2', '');
      },
      () => {
        op('symlink', { target: chance.pick(['f1', 'd1', '/d1', '../f1', 's1', '.', '/', 'd1/']), path: 's1' });
      },
      () => {
        op('symlink', { target: chance.pick(['../d2', 'f2', '/s1', 'd1', '../s1']), path: 'd1/s2' });
      },
      () => {
        op('link', { path: 'f1', to: 'd2/f2' });
      },
      () => {
        op('chmod', { path: 'd2', mode: chance.pick(modes) });
      },
      () => {
        op('chown', { path: 'd2', uid: chance.below(3), gid: chance.below(2) });
      },
      () => {
        op('chown', { path: 'f1', uid: chance.below(2), gid: chance.below(3) });
      },
    ];
    for (const fixture of fixtures) if (chance.percent(85)) fixture();
  }

  #startProcesses(): void {
    for (const pid of [2, 3]) {
      const chance = this.#chance;
      if (chance.percent(40)) continue;
      const caller = { pid, uid: chance.below(3), gid: chance.below(3) };
      const groups = chance.pick([[], [0], [1], [1, 2]]);
      this.#scene.add({ t: 'proc', ...caller, groups, ...(chance.percent(30) ? { umask: 0o77, cwd: '/' } : {}) });
      this.#callers.push(caller);
    }
  }

  #happen(): void {
    const { pid, uid, gid } = this.#chance.pick(this.#callers);
    const [op, call] = this.#call();
    this.#scene.op(op, { ...call, pid, ...(uid === 0 ? {} : { as: [uid, gid] }) });
  }

  #dump(): void {
    this.#scene.add({ t: 'dump', what: 'merged', at: '/m', tree: {} });
    if (this.#place === 'plain') return;
    this.#scene.host('umount', { at: '/m' });
    this.#scene.add({ t: 'dump', what: 'raw', role: 'upper', at: '/fs0/u', tree: {} });
    this.#scene.add({ t: 'dump', what: 'raw', role: 'work', at: '/fs0/w', tree: {} });
  }

  #call(): readonly [op: string, call: JsonObject] {
    const chance = this.#chance;
    return chance.weighted<() => readonly [string, JsonObject]>([
      [40, () => this.#descriptorCall()],
      [60, () => this.#nameCall()],
      [12, () => this.#directoryCall()],
      [14, () => this.#attributeCall()],
    ])();
  }

  #descriptorCall(): readonly [string, JsonObject] {
    const chance = this.#chance;
    const fd = chance.pick([3, 3, 3, 4, 5, 0, 1, 2, 9]);
    return chance.pick<() => readonly [string, JsonObject]>([
      () => ['open', { path: this.#path(), flags: this.#openFlags(), mode: chance.pick(modes) }],
      () => ['open', { path: this.#path(), flags: this.#openFlags(), mode: chance.pick(modes) }],
      () => ['close', { fd }],
      () => ['read', { fd, len: chance.pick([0, 1, 5, 100]) }],
      () => ['pread', { fd, len: chance.pick([0, 3, 100]), off: chance.pick(offsets) }],
      () => ['write', { fd, data: chance.pick(['', 'abc', 'longer data']) }],
      () => ['pwrite', { fd, data: chance.pick(['', 'zz']), off: chance.pick(offsets) }],
      () => ['lseek', { fd, off: chance.pick([0, 1, -1, 5, 100000]), whence: chance.pick([0, 1, 2, 3, 4, 5, -1]) }],
      () => ['fstat', { fd }],
      () => ['ftruncate', { fd, len: chance.pick(lengths) }],
      () => ['fchmod', { fd, mode: chance.pick(modes) }],
    ])();
  }

  #nameCall(): readonly [string, JsonObject] {
    const chance = this.#chance;
    const path = this.#path();
    return chance.pick<() => readonly [string, JsonObject]>([
      () => ['stat', { path }],
      () => ['lstat', { path }],
      () => ['mkdir', { path, mode: chance.pick(modes) }],
      () => ['rmdir', { path }],
      () => ['unlink', { path }],
      () => ['rename', { path, to: this.#path() }],
      () => ['rename', { path, to: this.#path(), flags: [chance.pick(['NOREPLACE', 'EXCHANGE', 'WHITEOUT'])] }],
      () => ['link', { path, to: this.#path(), ...(chance.percent(25) ? { follow: true } : {}) }],
      () => ['symlink', { target: chance.pick([this.#path(), '', 'f1', '/d1', 's1']), path }],
      () => ['readlink', { path }],
      () => ['mknod', { path, kind: chance.pick(['sock', 'reg', 'chr']), mode: chance.pick(modes), rdev: [0, 0] }],
      () => ['truncate', { path, len: chance.pick(lengths) }],
      () => ['access', { path, mode: chance.pick(['f', 'r', 'w', 'x', 'rwx']) }],
      () => ['chdir', { path }],
      () => ['umask', { mask: chance.pick([0, 0o22, 0o77, 0o777, 0o1022]) }],
    ])();
  }

  #directoryCall(): readonly [string, JsonObject] {
    const dh = this.#chance.pick([1, 1, 2]);
    return this.#chance.pick<() => readonly [string, JsonObject]>([
      () => ['opendir', { path: this.#path() }],
      () => ['readent', { dh }],
      () => ['readent', { dh }],
      () => ['rewinddir', { dh }],
      () => ['closedir', { dh }],
      () => ['readdir', { path: this.#path() }],
    ])();
  }

  #attributeCall(): readonly [string, JsonObject] {
    const chance = this.#chance;
    const path = this.#path();
    const name = chance.pick([
      'user.a',
      'trusted.a',
      'security.a',
      'trusted.overlay.opaque',
      'user.overlay.x',
      'bogus',
    ]);
    const ids = { uid: chance.pick([-1, 0, 1, 2]), gid: chance.pick([-1, 0, 1, 2]) };
    return chance.pick<() => readonly [string, JsonObject]>([
      () => ['chmod', { path, mode: chance.pick(modes) }],
      () => ['chown', { path, ...ids }],
      () => ['lchown', { path, ...ids }],
      () => ['utimes', { path, time: chance.pick([null, 1000000001]), follow: chance.percent(50) }],
      () => ['setxattr', { path, name, value: chance.pick(['v', '', 'y']), follow: chance.percent(80) }],
      () => ['setxattr', { path, name, value: 'f', flags: chance.pick(['create', 'replace']) }],
      () => ['getxattr', { path, name }],
      () => ['listxattr', { path }],
      () => ['removexattr', { path, name }],
    ])();
  }

  #openFlags(): readonly string[] {
    const likely = { O_CREAT: 40, O_EXCL: 15, O_TRUNC: 15, O_APPEND: 10, O_DIRECTORY: 10, O_NOFOLLOW: 10 };
    const rare = { O_PATH: 5, O_TMPFILE: 4, O_NOATIME: 3, O_NONBLOCK: 5, O_SYNC: 3, O_CLOEXEC: 3, O_WRONLY: 2 };
    const more = Object.entries({ ...likely, ...rare }).flatMap(([flag, percent]) =>
      this.#chance.percent(percent) ? [flag] : [],
    );
    return [this.#chance.pick(['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR']), ...more];
  }

  #path(): string {
    const chance = this.#chance;
    if (chance.percent(1)) return `${'y/'.repeat(chance.pick([2046, 2047, 2048, 2050]))}z`;
    const middle = chance.percent(10) ? `${this.#component()}/` : '';
    const end = chance.percent(12) ? chance.pick(['/', '//', '/.', '/..']) : '';
    return chance.pick(starts) + middle + this.#component() + end;
  }

  #component(): string {
    return this.#chance.weighted<() => string>([
      [20, () => this.#chance.pick(['f1', 'f2', 'd1', 'd2', 'd3', 's1', 's2', 'nx'])],
      [2, () => '.'],
      [2, () => '..'],
      [1, () => ''],
      [1, () => 'x'.repeat(this.#chance.pick([254, 255, 256]))],
    ])();
  }
}

const starts = [
  '',
  '',
  '',
  '/',
  '//',
  './',
  '../',
  'd1/',
  'd2/',
  'd1/d3/',
  '/d1/',
  '/d2/',
  's1/',
  'd1/s2/',
  'nx/',
  'f1/',
];
