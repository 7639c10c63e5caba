import { Chance } from '../../../src/oracle/record/chance.ts';
import type { Json, JsonObject } from '../../../src/oracle/schema.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';
import { Scene } from './scene.ts';

/**
 * Random calls on an overlay that is mounted several times, with other options each time, and whose layers, index and work
 * directory are changed by hand in between: what overlayfs finds then is not as it has left it, nor as it was marked.
 */
export function changedLayers(seed: number, length: number): Trace {
  return new ChangedLayers(seed).make(length);
}

const names: readonly string[] = ['a', 'b', 'c', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'd/e/f', 'e', 'e/a', 'f'];
/** Those that are mostly directories. */
const directories: ReadonlySet<string> = new Set(['d', 'd/e', 'e']);
const newNames: readonly string[] = ['.', 'g', 'd/g', 'e/g', 'h', 'g/x', 'd/g/x'];

const options: readonly (readonly [percent: number, values: readonly string[]])[] = [
  [50, ['redirect_dir=on', 'redirect_dir=on', 'redirect_dir=follow', 'redirect_dir=nofollow', 'redirect_dir=off']],
  [60, ['index=on', 'index=on', 'index=on', 'index=off']],
  [40, ['metacopy=on', 'metacopy=on', 'metacopy=off']],
  [20, ['nfs_export=on', 'nfs_export=off']],
  [30, ['xino=on', 'xino=auto', 'xino=off']],
  [15, ['uuid=on', 'uuid=auto', 'uuid=null', 'uuid=off']],
  [8, ['volatile']],
];

const marks: readonly string[] = [
  ...['opaque', 'opaque', 'redirect', 'redirect', 'metacopy', 'metacopy', 'origin', 'impure', 'nlink', 'upper'],
  ...['uuid', 'whiteout', 'whiteouts', 'protattr', 'foo'],
];
const markValues: readonly Json[] = [
  ...['y', 'x', 'n', '', 'yy', '1', '+1', '+0', '-1', 'U+1', 'U-1', 'L+1'],
  ...['/', '/d', 'd', 'e', 'a', '/d/e', 'e/a', '../d', '//d', '/d/', '/a', '/nowhere', 'b', 'q'.repeat(255)],
  ...[`00fb1d0001${'00'.repeat(20)}`, `00fb210081${'00'.repeat(28)}`, 'ff'.repeat(30), '00'].map((hex) => ({ hex })),
];

/** What may be missing of a work directory, or be there in place of something else. */
const workPlaces: readonly string[] = [
  ...['work/x', 'index/00fb', 'index/zz', 'work/incompat', 'work/incompat/volatile', 'index', 'work'],
];

/** A call and what it is given. */
type Call = readonly [op: string, call: JsonObject];

class ChangedLayers {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #scene = new Scene();
  readonly #split: boolean;
  readonly #prefix: 'trusted' | 'user';
  readonly #lowers: readonly string[];
  /** Opens that were tried. */
  #opens = 0;
  /** Entries of an index whose object is gone cannot be told apart in a dump. */
  #lowersAreWhole = true;

  constructor(seed: number) {
    this.#seed = seed;
    this.#chance = new Chance(`changed layers/${seed}`);
    this.#split = this.#chance.percent(40);
    // Throughout, so that no mount shows marks of the other kind, in which are random numbers.
    this.#prefix = this.#chance.percent(15) ? 'user' : 'trusted';
    const root = this.#split ? '/fs1' : '/fs0';
    this.#lowers = Array.from({ length: this.#chance.pick([1, 2, 2, 3]) }, (_, number) => `${root}/l${number}`);
  }

  make(length: number): Trace {
    this.#prepare();
    for (let mounts = this.#chance.pick([2, 3, 4]); mounts > 0; mounts -= 1) {
      this.#mount();
      this.#use(length);
      this.#unmount();
      this.#changeLayers();
    }
    const trace = this.#scene.trace(`changed layers/${this.#seed}`, { suite: 'random', mnt: '/m' });
    return { ...trace, persistentIno: !this.#split };
  }

  #prepare(): void {
    this.#scene.host('mkfs', { path: '/fs0', fs: 'tmpfs' });
    if (this.#split) this.#scene.host('mkfs', { path: '/fs1', fs: 'tmpfs' });
    for (const path of [...this.#lowers, '/fs0/u', '/fs0/w', '/m']) this.#scene.host('mkdir', { path });
    for (const layer of this.#lowers) this.#fill(layer, this.#chance.pick([3, 6, 10]));
    if (this.#chance.percent(50)) this.#fill('/fs0/u', this.#chance.pick([2, 5]));
  }

  #fill(layer: string, entries: number): void {
    for (let left = entries; left > 0; left -= 1) {
      const name = this.#chance.pick(names);
      if (directories.has(name)) this.#makeDirectory(layer, name);
      else this.#makeOther(layer, name);
      if (this.#chance.percent(20)) this.#mark(`${layer}/${name}`);
    }
  }

  #makeDirectory(layer: string, name: string): void {
    const path = `${layer}/${name}`;
    const [op, call] = this.#chance.weighted<Call>([
      [15, ['mkdir', { path, mode: this.#chance.pick([0o755, 0o700, 0o777]) }]],
      [3, ['mknod', { path, kind: 'chr', mode: 0, rdev: [0, 0] }]],
      [2, ['file', { path, data: `in place of ${name}` }]],
    ]);
    this.#scene.host(op, call);
  }

  #makeOther(layer: string, name: string): void {
    const chance = this.#chance;
    const path = `${layer}/${name}`;
    const data = chance.pick(['', `data of ${name}`, 'z'.repeat(5000)]);
    const [op, call] = chance.weighted<Call>([
      [11, ['file', { path, data, mode: chance.pick([0o644, 0o666, 0o4755]) }]],
      [2, ['symlink', { path, target: chance.pick(['a', 'd', '../c', '/m/a', 'nowhere']) }]],
      [3, ['mknod', { path, kind: 'chr', mode: 0, rdev: [0, 0] }]],
      [6, ['link', { path: `${layer}/${chance.pick(names)}`, to: path }]],
      [1, ['mknod', { path, kind: 'sock', mode: 0o600, rdev: [0, 0] }]],
      [1, ['mkdir', { path }]],
    ]);
    this.#scene.host(op, call);
  }

  #mark(path: string): void {
    const prefix = this.#chance.pick([this.#prefix, this.#prefix, this.#prefix, 'trusted.overlay', 'user']);
    const name = `${prefix}.overlay.${this.#chance.pick(marks)}`;
    this.#scene.host('setxattr', { path, name, value: this.#chance.pick(markValues) });
  }

  #mount(): void {
    const chance = this.#chance;
    const lowers = [...this.#lowers];
    if (chance.percent(15)) lowers.reverse();
    if (chance.percent(10) && lowers.length > 1) lowers.pop();
    const last = lowers.pop() ?? '';
    const list = lowers.length === 0 ? last : lowers.join(':') + (chance.percent(15) ? '::' : ':') + last;
    const layers = chance.percent(92) ? `lowerdir=${list},upperdir=/fs0/u,workdir=/fs0/w` : `lowerdir=${list}`;
    const chosen = options.flatMap(([percent, values]) => (chance.percent(percent) ? [chance.pick(values)] : []));
    const words = [layers, ...chosen, ...(this.#prefix === 'user' ? ['userxattr'] : [])];
    this.#scene.host('mount', { at: '/m', options: words.join(',') });
  }

  #use(calls: number): void {
    for (let left = calls; left > 0; left -= 1) {
      const [op, call] = this.#call();
      if (op === 'open') this.#opens += 1;
      const others = this.#chance.percent(10) && call.fd === undefined;
      this.#scene.op(op, others ? { ...call, as: [1000, 1000] } : call);
    }
  }

  #unmount(): void {
    for (let fd = 0; fd < this.#opens; fd += 1) this.#scene.op('close', { fd });
    this.#scene.add({ t: 'dump', what: 'merged', at: '/m' });
    this.#scene.host('umount', { at: '/m' });
    this.#scene.add({ t: 'dump', what: 'raw', role: 'upper', at: '/fs0/u' });
    if (this.#lowersAreWhole) this.#scene.add({ t: 'dump', what: 'raw', role: 'work', at: '/fs0/w' });
  }

  #changeLayers(): void {
    const chance = this.#chance;
    for (let left = chance.pick([0, 1, 2, 4]); left > 0; left -= 1) {
      const layer = chance.pick([...this.#lowers, '/fs0/u']);
      this.#change(layer, `${layer}/${chance.pick(names)}`);
    }
    if (chance.percent(25)) this.#changeWork(`/fs0/w/${chance.pick(workPlaces)}`);
  }

  #change(layer: string, path: string): void {
    const kind = this.#chance.below(10);
    if (kind < 3) this.#remove(layer, path);
    else if (kind < 6) this.#mark(path);
    else if (kind < 8) this.#fill(layer, 1);
    else if (kind === 8) this.#scene.host('chmod', { path, mode: 0o640 });
    else this.#scene.host('mtime', { path, time: 1000 });
  }

  #remove(layer: string, path: string): void {
    if (layer !== '/fs0/u') this.#lowersAreWhole = false;
    this.#scene.host('rmtree', { path });
  }

  #changeWork(path: string): void {
    const [op, call] = this.#chance.weighted<Call>([
      [4, ['rmtree', { path }]],
      [3, ['mkdir', { path, mode: 0o700 }]],
      [2, ['file', { path, data: 'x', mode: 0o600 }]],
      [1, ['mknod', { path, kind: 'chr', mode: 0, rdev: [0, 0] }]],
    ]);
    this.#scene.host(op, call);
  }

  #path(): string {
    return this.#chance.percent(80) ? this.#chance.pick(names) : this.#chance.pick(newNames);
  }

  #call(): Call {
    const chance = this.#chance;
    const path = this.#path();
    const fd = chance.below(Math.max(1, this.#opens));
    const rdev = chance.pick([
      [0, 0],
      [1, 3],
    ]);
    return chance.weighted<Call>([
      [6, [chance.pick(['stat', 'lstat', 'readdir', 'readdir', 'readlink']), { path }]],
      [3, [chance.pick(['rmdir', 'unlink', 'unlink']), { path }]],
      [3, ['open', { path, flags: this.#openFlags() }]],
      [1, ['write', { fd, data: 'W' }]],
      [1, ['read', { fd, len: 10 }]],
      [1, [chance.pick(['fstat', 'close']), { fd }]],
      [3, ['rename', { path, to: this.#path(), ...this.#renameFlags() }]],
      [2, ['link', { path, to: this.#path() }]],
      [1, ['mkdir', { path, mode: 0o755 }]],
      [1, ['symlink', { path, target: 'a' }]],
      [1, ['mknod', { path, kind: chance.pick(['chr', 'reg']), mode: 0o600, rdev }]],
      [1, ['chmod', { path, mode: chance.pick([0o600, 0o755]) }]],
      [1, ['chown', { path, uid: chance.pick([0, 5]), gid: 5 }]],
      [1, ['utimes', { path, time: 1001, follow: false }]],
      [1, ['truncate', { path, len: chance.pick([0, 3, 9]) }]],
      [3, this.#attribute(path)],
    ]);
  }

  #openFlags(): readonly string[] {
    const more = this.#chance.pick([[], [], ['O_CREAT'], ['O_TRUNC'], ['O_CREAT', 'O_EXCL'], ['O_DIRECTORY']]);
    // A device must not keep anybody waiting.
    return [this.#chance.pick(['O_RDONLY', 'O_RDWR', 'O_WRONLY']), ...more, 'O_NONBLOCK'];
  }

  #renameFlags(): JsonObject {
    return this.#chance.percent(40) ? { flags: [this.#chance.pick(['NOREPLACE', 'EXCHANGE', 'WHITEOUT'])] } : {};
  }

  #attribute(path: string): Call {
    const name = this.#chance.pick(['user.a', 'trusted.foo', 'trusted.overlay.opaque', 'user.overlay.opaque']);
    return this.#chance.pick<Call>([
      ['setxattr', { path, name, value: 'v', follow: false }],
      ['getxattr', { path, name, follow: false }],
      ['removexattr', { path, name, follow: false }],
      ['listxattr', { path, follow: false }],
    ]);
  }
}
