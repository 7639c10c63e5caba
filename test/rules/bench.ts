import assert from 'node:assert/strict';
import {
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_FD,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  MOVE_MOUNT_F_EMPTY_PATH,
  MS_BIND,
  SystemError,
  type Path,
  type SyscallHost,
} from '../../src/host/index.ts';
import { Place, codeOf } from './place.ts';

/** The world of one rule: an empty directory on a filesystem with everything that overlay can use. */
export interface RuleWorld {
  readonly host: SyscallHost;
  /** The directory that the rule works in. */
  readonly base: Path;
  /** Lines of the kernel log about overlay since the last call, or `undefined` where there is no reading it. */
  takeLog(): readonly string[] | undefined;
}

/** What a mount is made of; directories are relative to the bench. `null` leaves an option out. */
export interface MountRequest {
  /** Several with `:` and `::` between them. */
  readonly lower?: string | null;
  readonly upper?: string | null;
  readonly work?: string | null;
  readonly extra?: string;
  readonly flags?: number;
  readonly at?: string;
  /** The whole option string instead. */
  readonly raw?: string;
}

/** One setting of the new mount API: a flag, or a key with a string or a descriptor. */
export type Setting = string | readonly [string, string | number];

/** The directories l1 l2 l3 u w m of a rule, and the few calls that rules are made of. Paths are relative to the base. */
export class Bench extends Place {
  readonly #world: RuleWorld;
  readonly #mounted: string[] = [];
  #log: readonly string[] | undefined;

  constructor(world: RuleWorld) {
    super(world.host, world.base);
    this.#world = world;
    this.dirs('l1', 'l2', 'l3', 'u', 'w', 'm');
    world.takeLog();
  }

  // Trying

  /** `OK` or the errno. */
  attempt(call: () => unknown): string {
    try {
      call();
      return 'OK';
    } catch (error) {
      return codeOf(error);
    }
  }

  attempts(...calls: readonly (() => unknown)[]): string[] {
    return calls.map((call) => this.attempt(call));
  }

  mkdir(path: string, mode = 0o777): string {
    return this.attempt(() => {
      this.host.fs.mkdir(this.p(path), mode);
    });
  }

  rmdir(path: string): string {
    return this.attempt(() => {
      this.host.fs.rmdir(this.p(path));
    });
  }

  unlink(path: string): string {
    return this.attempt(() => {
      this.host.fs.unlink(this.p(path));
    });
  }

  rename(from: string, to: string, flags = 0): string {
    return this.attempt(() => {
      this.host.fs.rename(this.p(from), this.p(to), flags);
    });
  }

  chmod(path: string, mode: number): string {
    return this.attempt(() => {
      this.host.fs.chmod(this.p(path), mode);
    });
  }

  lchown(path: string, uid: number, gid: number): string {
    return this.attempt(() => {
      this.host.fs.lchown(this.p(path), uid, gid);
    });
  }

  truncate(path: string, length: number): string {
    return this.answer(this.host.calls.truncate(this.p(path), length));
  }

  /** Opens and closes. */
  touch(path: string, flags: number, mode = 0o666): string {
    return this.attempt(() => {
      this.host.fs.close(this.host.fs.open(this.p(path), flags, mode));
    });
  }

  linkFollowing(from: string, to: string): string {
    return this.answer(this.host.calls.linkat(AT_FDCWD, this.p(from), AT_FDCWD, this.p(to), AT_SYMLINK_FOLLOW));
  }

  /** The name of a raw answer. */
  answer(answer: number): string {
    return answer >= 0 ? 'OK' : codeOf(new SystemError(answer, 'call'));
  }

  /** Runs as another user, without supplementary groups. */
  as<Answer>(uid: number, gid: number, call: () => Answer): Answer {
    const { calls } = this.host;
    calls.setgroups([]);
    calls.setresgid(-1, gid, -1);
    calls.setresuid(-1, uid, -1);
    try {
      return call();
    } finally {
      calls.setresuid(-1, 0, -1);
      calls.setresgid(-1, 0, -1);
    }
  }

  // Mounting

  options({ lower = 'l1', upper = 'u', work = 'w', extra = '' }: MountRequest): string {
    const words: string[] = [];
    if (lower !== null)
      words.push(
        `lowerdir=${lower
          .split(/(:+)/)
          .map((part) => this.#layer(part))
          .join('')}`,
      );
    if (upper !== null) words.push(`upperdir=${this.p(upper)}`);
    if (work !== null) words.push(`workdir=${this.p(work)}`);
    if (extra !== '') words.push(extra);
    return words.join(',');
  }

  #layer(part: string): string {
    return part === '' || part.startsWith(':') ? part : this.p(part);
  }

  /** Mounts; `OK` or the errno. */
  mount(request: MountRequest = {}): string {
    const { at = 'm', flags = 0 } = request;
    if (this.kind(at) === 'ENOENT') this.dirs(at);
    const data = request.raw ?? this.options(request);
    const answer = this.answer(this.host.calls.mount('overlay', this.p(at), 'overlay', flags, data));
    if (answer === 'OK') this.#mounted.push(at);
    return answer;
  }

  /** Mounts what must be mountable. */
  rw(request: MountRequest = {}): void {
    const answer = this.mount(request);
    if (answer !== 'OK') assert.fail(`mounting: ${answer}\n${this.#takenLog().join('\n')}`);
  }

  umount(at = 'm'): void {
    this.host.mount.umount2(this.p(at), 0);
    this.#mounted.splice(this.#mounted.lastIndexOf(at), 1);
  }

  remount(request: MountRequest = {}): void {
    this.umount(request.at);
    this.rw(request);
  }

  /** Empties upper and work directory, of which nothing may be mounted. */
  fresh(...paths: readonly string[]): void {
    for (const path of paths.length === 0 ? ['u', 'w'] : paths) {
      this.removeTree(path);
      this.dirs(path);
    }
  }

  removeTree(path: string): void {
    for (const name of this.ls(path)) {
      const entry = `${path}/${name}`;
      if (this.kind(entry) === 'dir') this.removeTree(entry);
      else this.host.fs.unlink(this.p(entry));
    }
    this.host.fs.rmdir(this.p(path));
  }

  tmpfs(path: string): void {
    this.filesystem('tmpfs', path, 'mode=755');
  }

  filesystem(type: string, path: string, data: string): void {
    this.dirs(path);
    this.host.mount.mount(type, this.p(path), type, 0, data);
    this.#mounted.push(path);
  }

  bind(from: string, to: string): void {
    this.dirs(to);
    this.host.mount.mount(this.p(from), this.p(to), '', MS_BIND, '');
    this.#mounted.push(to);
  }

  /** The superblock's options in mountinfo, without octal escapes. */
  superOptions(at = 'm'): string {
    const entry = this.host.mount.table().findLast(({ target }) => target === this.p(at));
    return entry?.superOptions ?? '';
  }

  /** The same without the layers, word by word; `rw` is left out. */
  shown(at = 'm'): string[] {
    const layers = /^(?:lowerdir|upperdir|workdir|datadir)/;
    return this.superOptions(at)
      .split(',')
      .filter((word) => !layers.test(word) && word !== 'rw');
  }

  /** Mounts with an option and tells what is shown, or the errno; leaves nothing behind. */
  tryOption(extra: string, request: MountRequest = {}): string[] | string {
    const answer = this.mount({ ...request, extra });
    if (answer !== 'OK') return answer;
    const shown = this.shown();
    this.umount();
    if (request.upper !== null) this.fresh();
    return shown;
  }

  /** The same for a mount without upper layer. */
  tryLowerOption(extra: string): string[] | string {
    return this.tryOption(extra, { lower: 'l1:l2', upper: null, work: null });
  }

  /** Mounts by the new API: `OK`, or the key at which it fails and the errno; and what the kernel said of it. */
  fsmount(...settings: readonly Setting[]): { readonly answer: string; readonly messages: readonly string[] } {
    const { calls } = this.host;
    const context = calls.fsopen('overlay', 0);
    assert.ok(context >= 0);
    try {
      return { answer: this.#configure(context, settings), messages: calls.fsmessages(context) };
    } finally {
      calls.close(context);
    }
  }

  #configure(context: number, settings: readonly Setting[]): string {
    const { calls } = this.host;
    for (const setting of settings) {
      const set = this.set(context, setting);
      if (set < 0) return `${typeof setting === 'string' ? setting : setting[0]}:${this.answer(set)}`;
    }
    const created = calls.fsconfig(context, FSCONFIG_CMD_CREATE, undefined, undefined, 0);
    if (created < 0) return `create:${this.answer(created)}`;
    const mounted = calls.fsmount(context, 0, 0);
    assert.ok(mounted >= 0);
    assert.equal(calls.move_mount(mounted, '', AT_FDCWD, this.p('m'), MOVE_MOUNT_F_EMPTY_PATH), 0);
    calls.close(mounted);
    this.#mounted.push('m');
    return 'OK';
  }

  /** One fsconfig(2) call on a descriptor of fsopen(2) or fspick(2). */
  set(context: number, setting: Setting): number {
    const { calls } = this.host;
    if (typeof setting === 'string') return calls.fsconfig(context, FSCONFIG_SET_FLAG, setting, undefined, 0);
    const [key, value] = setting;
    if (typeof value === 'number') return calls.fsconfig(context, FSCONFIG_SET_FD, key, undefined, value);
    return calls.fsconfig(context, FSCONFIG_SET_STRING, key, value, 0);
  }

  /** That the kernel logged a line with each of these texts since the last question. */
  logged(...texts: readonly string[]): void {
    const lines = this.#takenLog();
    if (this.#log === undefined) return;
    for (const text of texts) {
      assert.ok(
        lines.some((line) => line.includes(text)),
        `the kernel log lacks "${text}":\n${lines.join('\n')}`,
      );
    }
  }

  /** That the kernel has logged nothing since the last question. */
  loggedNothing(): void {
    assert.deepEqual(this.#takenLog(), []);
  }

  #takenLog(): readonly string[] {
    this.#log = this.#world.takeLog();
    return this.#log ?? [];
  }

  /** Unmounts what the rule left mounted. */
  end(): void {
    for (const at of [...this.#mounted].reverse()) this.host.calls.umount2(this.p(at), 2);
  }
}
