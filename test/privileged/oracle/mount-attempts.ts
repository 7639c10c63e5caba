import { Chance } from '../../../src/oracle/record/chance.ts';
import type { JsonObject } from '../../../src/oracle/schema.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';
import { Scene } from './scene.ts';

/**
 * Random attempts to mount, valid and invalid, of the kind that the mounts suite holds: both mount APIs, remounts, relative
 * and escaped layer paths, layers that overlap, are in use, read-only, missing or no directories, and what earlier mounts and
 * other kernels may have left in them.
 */
export function mountAttempts(seed: number, length: number): Trace {
  return new MountAttempts(seed).make(length);
}

const directories: readonly string[] = [
  '/fs0/l1/sub',
  '/fs0/l2/sub',
  '/fs0/l3',
  '/fs0/u/sub',
  '/fs0/w/sub',
  '/fs0/u2',
  '/fs0/w2',
  '/fs0/c:d',
  '/fs0/c,d',
  '/fs0/c\\d',
  '/fs0/c d',
  '/fs1/l4',
  '/fs1/u4',
  '/fs1/w4',
  '/ro/l5',
  '/ro/u5',
  '/ro/w5',
];
const files: readonly string[] = [
  '/fs0/l1/1',
  '/fs0/l2/2',
  '/fs0/l3/3',
  '/fs1/l4/4',
  '/ro/l5/5',
  '/fs0/f',
  '/fs0/c:d/x',
];
const mountPoints: readonly string[] = ['/m0', '/m1', '/m2', '/m3'];
const oddMountPoints: readonly string[] = ['/m9', '/fs0/f', '/m0/', '/m0/.', '/fs0/u/sub', '/m0/sub', '', '/'];
/** Layers as one would choose them, the usual ones first. */
const goodLayers: readonly string[] = [
  ...['/fs0/l1', '/fs0/l2', '/fs0/l3', '/fs1/l4', '/ro/l5'],
  ...['/fs0/l1/sub', '/fs0/l2/sub', '/fs0/l3/', 'l1', '../fs0/l2', '/b/l2', '/fs0/s1'],
  ...['/fs0/u2', '/fs0/w2', '/fs0/u/sub', '/m0', '/m1', '/m0/sub', '/fs0/w/sub', '/fs0/w', '/fs0/u'],
];
const oddLayers: readonly string[] = [
  ...['/fs0/nope', '/fs0/f', '/fs0/f/x', '/fs0/dangling', '/nope', ''],
  ...['/fs0/c\\:d', '/fs0/c\\,d', '/fs0/c\\\\d', '/fs0/c d', '/fs0/c:d', '/fs0/c,d', '/fs0/c\\d'],
];
const oddUppers: readonly string[] = [
  ...['/fs0/nope', '/fs0/f', '/fs0/su', '/fs1/u4', '/ro/u5', '/b/u', '/fs0/u/sub', '/fs0/w/sub', '/fs0/l1'],
  ...['/fs0/l1/sub', '/m0', '', '/fs0/c\\d', '/fs0/c\\:d', '/fs0/c:d', 'u', '/fs0/u/'],
];
const oddWorks: readonly string[] = [
  ...['/fs0/nope', '/fs0/f', '/fs0/su', '/fs1/w4', '/ro/w5', '/b/w', '/fs0/u/sub', '/fs0/w/sub', '/fs0/l1'],
  ...['/fs0/l2', '/m0', '', '/fs0/c\\d', '/fs0/u', 'w', '/fs0/w/'],
];
const options: readonly string[] = [
  ...[
    'index=on',
    'index=on',
    'index=off',
    'index',
    'index=maybe',
    'metacopy=on',
    'metacopy=on',
    'metacopy=off',
    'metacopy=1',
  ],
  ...[
    'redirect_dir=on',
    'redirect_dir=off',
    'redirect_dir=follow',
    'redirect_dir=nofollow',
    'redirect_dir',
    'redirect_dir=yes',
  ],
  ...['nfs_export=on', 'nfs_export=on', 'nfs_export=off', 'xino=on', 'xino=off', 'xino=auto', 'xino'],
  ...['uuid=on', 'uuid=off', 'uuid=null', 'uuid=auto', 'uuid=', 'userxattr', 'userxattr', 'userxattr=1'],
  ...['volatile', 'volatile=on', 'fsync=volatile', 'fsync=auto', 'fsync=strict', 'fsync'],
  ...['verity=off', 'verity=on', 'verity=require', 'default_permissions', 'override_creds', 'nooverride_creds'],
  ...[
    'rw',
    'ro',
    'sync',
    'async',
    'dirsync',
    'lazytime',
    'noatime',
    'nosuid',
    'source=x',
    'context=x',
    'bogus',
    'bogus=1',
  ],
  ...['', 'lowerdir', 'upperdir', 'workdir='],
];

/** What may lie in a work directory: of a mount that did not sync, of a later kernel, of nobody. */
const leftDirectories: readonly string[] = [
  ...['work/incompat/volatile', 'work/incompat/other', 'work/incompat', 'work/a/b/c', 'work'],
  ...['index/incompat', 'index/#1', 'index/junk/x', 'index', 'sub/work'],
];
const leftFiles: readonly string[] = [
  'work',
  'work/incompat',
  'work/a/f',
  'index',
  'index/#2',
  'index/00fb',
  'index/x',
];
const marks: readonly string[] = ['origin', 'uuid', 'opaque', 'impure', 'upper', 'nlink', 'redirect', 'metacopy'];
const marked: readonly string[] = ['/fs0/u', '/fs0/u2', '/fs0/w/index', '/fs0/l1', '/fs0/l1/1', '/fs0/u/sub'];

type Key = readonly [key: string, value: string | null];

class MountAttempts {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #scene = new Scene();

  constructor(seed: number) {
    this.#seed = seed;
    this.#chance = new Chance(`mounts/${seed}`);
  }

  make(length: number): Trace {
    this.#prepare();
    for (let left = length; left > 0; left -= 1) this.#happen();
    return this.#scene.trace(`mounts/${this.#seed}`, { suite: 'mounts' });
  }

  #prepare(): void {
    const host = (op: string, call: JsonObject): void => {
      this.#scene.host(op, call);
    };
    for (const path of ['/fs0', '/fs1', '/ro']) host('mkfs', { path, fs: 'tmpfs' });
    for (const path of directories) host('mkdir', { path });
    for (const path of files) host('file', { path, data: 'x' });
    host('symlink', { path: '/fs0/s1', target: 'l1' });
    host('symlink', { path: '/fs0/su', target: '/fs0/u' });
    host('symlink', { path: '/fs0/dangling', target: 'nowhere' });
    host('remount-ro', { path: '/ro' });
    host('bind', { path: '/b', from: '/fs0' });
    for (const path of mountPoints) host('mkdir', { path });
    host('chdir', { path: '/fs0' });
  }

  #happen(): void {
    const chance = this.#chance;
    chance.weighted<() => void>([
      [
        50,
        () => {
          this.#attempt('mount', { options: this.#options(), ...this.#readOnly(5) });
        },
      ],
      [
        22,
        () => {
          this.#attempt('fsmount', { set: this.#keys() });
        },
      ],
      [
        5,
        () => {
          this.#attempt('remount', { options: this.#remountOptions(), ...this.#readOnly(30) });
        },
      ],
      [
        35,
        () => {
          this.#scene.host('umount', { at: chance.pick(mountPoints) });
        },
      ],
      [
        20,
        () => {
          this.#makeAnew(chance.pick(['/fs0/u', '/fs0/w', '/fs0/u2', '/fs0/w2']));
        },
      ],
      [
        8,
        () => {
          this.#leave();
        },
      ],
      [
        8,
        () => {
          this.#use(chance.pick(mountPoints));
        },
      ],
    ])();
  }

  #attempt(op: string, call: JsonObject): void {
    this.#scene.host(op, { at: this.#chance.pick(this.#chance.percent(95) ? mountPoints : oddMountPoints), ...call });
    this.#scene.host('raw', { uppers: ['/fs0/u', '/fs0/u2', '/fs1/u4'], works: ['/fs0/w', '/fs0/w2', '/fs1/w4'] });
  }

  #makeAnew(path: string): void {
    this.#scene.host('rmtree', { path });
    this.#scene.host('mkdir', { path });
    if (!path.endsWith('2')) this.#scene.host('mkdir', { path: `${path}/sub` });
  }

  #leave(): void {
    const chance = this.#chance;
    const work = chance.pick(['/fs0/w', '/fs0/w2']);
    const value = chance.pick(['y', 'x', '', '0123456789abcdef', { hex: '00fb1d000100' }]);
    const prefix = chance.pick(['trusted', 'trusted', 'user']);
    chance.pick<() => void>([
      () => {
        this.#scene.host('mkdir', { path: `${work}/${chance.pick(leftDirectories)}` });
      },
      () => {
        this.#scene.host('file', { path: `${work}/${chance.pick(leftFiles)}`, data: 'x' });
      },
      () => {
        const name = `${prefix}.overlay.${chance.pick(marks)}`;
        this.#scene.host('setxattr', { path: chance.pick(marked), name, value });
      },
    ])();
  }

  /** Changes something in what may be mounted there. */
  #use(at: string): void {
    const path = `${at}/${this.#chance.pick(['1', '2', '4', 'x', 'sub', 'sub/x', 'sub/y'])}`;
    this.#chance.pick<() => void>([
      () => {
        this.#scene.host('rmtree', { path });
      },
      () => {
        this.#scene.host('mkdir', { path });
      },
      () => {
        this.#scene.host('file', { path, data: 'used' });
      },
      () => {
        this.#scene.host('chmod', { path, mode: 0o700 });
      },
    ])();
  }

  #readOnly(percent: number): JsonObject {
    return this.#chance.percent(percent) ? { flags: ['ro'] } : {};
  }

  #lower(): string {
    const chance = this.#chance;
    return chance.percent(85) ? chance.pick(goodLayers.slice(0, chance.pick([5, 5, 12, 21]))) : chance.pick(oddLayers);
  }

  #lowers(): string {
    const chance = this.#chance;
    let list = this.#lower();
    for (let more = chance.pick([0, 0, 1, 1, 2, 3, 5]); more > 0; more -= 1) {
      list += (chance.percent(12) ? '::' : ':') + this.#lower();
    }
    return chance.percent(3) ? `${chance.pick([':', '::', ''])}${list}${chance.pick(['', ':', '::'])}` : list;
  }

  #upper(): string {
    return this.#mostly('/fs0/u', '/fs0/u2', oddUppers);
  }

  #work(): string {
    return this.#mostly('/fs0/w', '/fs0/w2', oddWorks);
  }

  #mostly(first: string, second: string, others: readonly string[]): string {
    return this.#chance.weighted<() => string>([
      [60, () => first],
      [25, () => second],
      [20, () => this.#chance.pick(others)],
    ])();
  }

  /** The options of one mount(2), sometimes more than a page of them. */
  #options(): string {
    const chance = this.#chance;
    const list: string[] = [];
    if (chance.percent(96)) list.push(`lowerdir=${this.#lowers()}`);
    if (chance.percent(78)) list.push(`upperdir=${this.#upper()}`);
    if (chance.percent(78)) list.push(`workdir=${this.#work()}`);
    for (let more = chance.pick([0, 0, 1, 1, 2, 2, 3, 4]); more > 0; more -= 1) list.push(chance.pick(options));
    if (chance.percent(3)) list.push(`lowerdir=${this.#lowers()}`);
    if (chance.percent(2)) list.push(`${chance.pick(['lowerdir+', 'datadir+'])}=${this.#lower()}`);
    const order = chance.percent(50) ? this.#shuffled(list) : list;
    const padding = chance.percent(2) ? Array<string>(chance.pick([100, 450, 500])).fill('index=off') : [];
    return [...order, ...padding].join(',');
  }

  #remountOptions(): string {
    const layers = ['lowerdir=/fs0/l2', 'upperdir=/fs0/u', '', 'ro', 'rw', 'ro,index=off'];
    return this.#chance.pick(this.#chance.percent(50) ? layers : options);
  }

  /** The keys and values of one fsconfig(2) after another. */
  #keys(): readonly Key[] {
    const chance = this.#chance;
    const keys: Key[] = [];
    if (chance.percent(25)) keys.push(['lowerdir', this.#lowers()]);
    else for (let count = chance.pick([1, 1, 2, 3]); count > 0; count -= 1) keys.push(['lowerdir+', this.#lower()]);
    if (chance.percent(12)) keys.push(['datadir+', this.#lower()]);
    if (chance.percent(75)) keys.push(['upperdir', this.#upper()]);
    if (chance.percent(75)) keys.push(['workdir', this.#work()]);
    for (let more = chance.pick([0, 0, 1, 2, 3]); more > 0; more -= 1) keys.push(keyOf(chance.pick(options)));
    // A path around the 256 bytes that fsconfig takes.
    if (chance.percent(6)) keys.push(['lowerdir+', `/fs0/l1${'/'.repeat(chance.pick([10, 246, 247, 248, 249, 300]))}`]);
    if (chance.percent(4)) keys.push(['lowerdir', chance.pick(['', ':/fs0/l2', '::/fs0/l3', '/fs0/l1'])]);
    return chance.percent(20) ? this.#shuffled(keys) : keys;
  }

  #shuffled<T>(items: readonly T[]): readonly T[] {
    const left = [...items];
    return items.flatMap(() => left.splice(this.#chance.below(left.length), 1));
  }
}

function keyOf(option: string): Key {
  const equals = option.indexOf('=');
  return equals < 0 ? [option, null] : [option.slice(0, equals), option.slice(equals + 1)];
}
