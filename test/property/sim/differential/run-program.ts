import { AT_EMPTY_PATH, AT_FDCWD, SEEK_SET } from '../../../../src/host/constants.ts';
import { errorCode } from '../../../../src/host/errno.ts';
import { StatSlot, statBuffer, type Statfs } from '../../../../src/host/stat.ts';
import type { Syscalls } from '../../../../src/host/syscalls.ts';
import type { Op, Program } from './program.ts';

/** A process that a program runs in: its calls, and where its root is. */
export interface Actor {
  /** To be asked for before each call. */
  readonly calls: Syscalls;
  chdir(path: string): number;
}

/** What a call answered, as plain data that is the same on every kernel. */
export type Result = string | number | boolean | null | readonly Result[] | { readonly [key: string]: Result };

/** What of the results is compared, and how a program is run. */
export interface RunOptions {
  /** Numbers of inodes: not in programs that mount, for device numbers are given again as the rest of a machine has it. */
  readonly inodes?: 'ignored';
  /** Access times as well: only where the clock ticks between two calls. */
  readonly accessTimes?: 'compared';
  /** Called before each operation. */
  readonly pause?: () => void;
}

/** Runs a program and collects every result. */
export function runProgram(program: Program, actors: readonly Actor[], options: RunOptions = {}): Result[] {
  const runner = new Runner(actors, options);
  try {
    return program.map((op) => {
      options.pause?.();
      return runner.run(op);
    });
  } finally {
    runner.close();
  }
}

class Runner {
  readonly #actors: readonly Actor[];
  readonly #comparesInodes: boolean;
  readonly #timeSlots: readonly (readonly [number, number])[];
  #who = 0;
  readonly #slots: Map<number, number>[];
  /** The slots of each actor that hold what fsopen or fspick gave. */
  readonly #contexts: Set<number>[];
  readonly #inodes = new Map<string, number>();
  readonly #times = new Map<number, readonly string[]>();
  readonly #stat = statBuffer();

  constructor(actors: readonly Actor[], { inodes, accessTimes }: RunOptions) {
    this.#actors = actors;
    this.#comparesInodes = inodes !== 'ignored';
    this.#timeSlots = accessTimes === undefined ? changeTimes : [...changeTimes, accessTime];
    this.#slots = actors.map(() => new Map<number, number>());
    this.#contexts = actors.map(() => new Set<number>());
  }

  close(): void {
    for (const [who, slots] of this.#slots.entries())
      for (const fd of slots.values()) this.#actors[who]?.calls.close(fd);
  }

  get #actor(): Actor {
    const actor = this.#actors[this.#who % this.#actors.length];
    if (actor === undefined) throw new Error('no such actor');
    return actor;
  }

  get #calls(): Syscalls {
    return this.#actor.calls;
  }

  get #fds(): Map<number, number> {
    return this.#slots[this.#who % this.#actors.length] ?? new Map();
  }

  get #heldContexts(): Set<number> {
    return this.#contexts[this.#who % this.#actors.length] ?? new Set();
  }

  #fd(slot: number): number {
    return this.#fds.get(slot) ?? 999_999;
  }

  run(op: Op): Result {
    const calls = this.#calls;
    switch (op.op) {
      case 'open':
        return this.#open(op);
      case 'close': {
        const fd = this.#fd(op.slot);
        this.#fds.delete(op.slot);
        return code(calls.close(fd));
      }
      case 'dup':
        return this.#keep(op.to, calls.dup(this.#fd(op.slot)));
      case 'fstat':
        return this.#statResult(calls.fstatat(this.#fd(op.slot), '', this.#stat, AT_EMPTY_PATH));
      case 'fsync':
        return code(calls.fsync(this.#fd(op.slot)));
      case 'fstatfs':
        return statfsResult(calls.fstatfs(this.#fd(op.slot)));
      case 'flistxattr':
        return list(calls.flistxattr(this.#fd(op.slot)));
      case 'rewind':
        return code(calls.lseek(this.#fd(op.slot), 0, SEEK_SET));
      case 'read':
        return bytes(op.length, (buffer) => calls.read(this.#fd(op.slot), buffer));
      case 'pread':
        return bytes(op.length, (buffer) => calls.pread(this.#fd(op.slot), buffer, op.offset));
      case 'write':
        return code(calls.write(this.#fd(op.slot), pattern(op.length)));
      case 'pwrite':
        return code(calls.pwrite(this.#fd(op.slot), pattern(op.length), op.offset));
      case 'lseek':
        return code(calls.lseek(this.#fd(op.slot), op.offset, op.whence));
      case 'getdents':
        return this.#getdents(op.slot, op.size);
      case 'ftruncate':
        return code(calls.ftruncate(this.#fd(op.slot), op.length));
      case 'fallocate':
        return code(calls.fallocate(this.#fd(op.slot), op.mode, op.offset, op.length));
      case 'copy':
        return code(calls.copy_file_range(this.#fd(op.slot), op.from, this.#fd(op.target), op.to, op.length));
      case 'clone':
        return code(calls.ficlone(this.#fd(op.slot), this.#fd(op.from)));
      case 'flock':
        return code(calls.flock(this.#fd(op.slot), op.operation));
      case 'fchmod':
        return code(calls.fchmod(this.#fd(op.slot), op.mode));
      case 'fchown':
        return code(calls.fchown(this.#fd(op.slot), op.uid, op.gid));
      case 'fsopen':
        return this.#keepContext(op.slot, calls.fsopen(op.type, op.flags));
      case 'fspick':
        return this.#keepContext(op.slot, calls.fspick(AT_FDCWD, op.path, op.flags));
      case 'openTree':
        return this.#keep(op.slot, calls.open_tree(AT_FDCWD, op.path, op.flags));
      case 'fsconfig':
        return this.#fsconfig(op);
      case 'fsmount':
        return this.#keep(op.to, calls.fsmount(this.#fd(op.slot), op.flags, op.attributes));
      case 'moveMount':
        return code(calls.move_mount(this.#fd(op.slot), op.from, AT_FDCWD, op.to, op.flags));
      default:
        return this.#runOnNames(op, calls);
    }
  }

  #runOnNames(op: Op, calls: Syscalls): Result {
    switch (op.op) {
      case 'stat':
        return this.#statResult(calls.fstatat(AT_FDCWD, op.path, this.#stat, op.flags));
      case 'access':
        return code(calls.faccessat2(AT_FDCWD, op.path, op.mode, op.flags));
      case 'chmod':
        return code(calls.fchmodat(AT_FDCWD, op.path, op.mode, op.flags));
      case 'chown':
        return code(calls.fchownat(AT_FDCWD, op.path, op.uid, op.gid, op.flags));
      case 'mkdir':
        return code(calls.mkdirat(AT_FDCWD, op.path, op.mode));
      case 'mknod':
        return code(calls.mknodat(AT_FDCWD, op.path, op.mode, op.dev));
      case 'symlink':
        return code(calls.symlinkat(op.target, AT_FDCWD, op.path));
      case 'link':
        return code(
          calls.linkat(op.slot === undefined ? AT_FDCWD : this.#fd(op.slot), op.from, AT_FDCWD, op.to, op.flags),
        );
      case 'unlink':
        return code(calls.unlinkat(AT_FDCWD, op.path, op.flags));
      case 'rename':
        return code(calls.renameat2(AT_FDCWD, op.from, AT_FDCWD, op.to, op.flags));
      case 'readlink':
        return text(calls.readlinkat(AT_FDCWD, op.path));
      case 'chdir':
        return code(this.#actor.chdir(op.path));
      case 'getcwd':
        return text(calls.getcwd());
      case 'list':
        return this.#list(op.path);
      case 'truncate':
        return code(calls.truncate(op.path, op.length));
      case 'utimes':
        return code(calls.utimensat(AT_FDCWD, op.path, 1000, op.atime, 2000, op.mtime, op.flags));
      case 'getxattr':
        return value(calls.getxattrat(AT_FDCWD, op.path, op.flags, op.name));
      case 'setxattr':
        return code(calls.setxattrat(AT_FDCWD, op.path, op.flags, op.name, Buffer.from(op.value, 'hex'), op.how));
      case 'removexattr':
        return code(calls.removexattrat(AT_FDCWD, op.path, op.flags, op.name));
      case 'listxattr':
        return list(calls.listxattrat(AT_FDCWD, op.path, op.flags));
      case 'mount':
        return code(calls.mount(op.source, op.path, op.type, op.flags, op.data));
      case 'umount':
        return code(calls.umount2(op.path, op.flags));
      case 'statfs':
        return statfsResult(calls.statfs(op.path));
      case 'umask':
        return calls.umask(op.mask);
      case 'as':
        this.#who = op.who;
        return null;
      default:
        throw new Error(`unknown operation ${op.op}`);
    }
  }

  #open({ slot, path, flags, mode, resolve, at }: Op & { op: 'open' }): Result {
    const dirfd = at === undefined ? AT_FDCWD : this.#fd(at);
    const calls = this.#calls;
    const fd =
      resolve === undefined ? calls.openat(dirfd, path, flags, mode) : calls.openat2(dirfd, path, flags, mode, resolve);
    return this.#keep(slot, fd);
  }

  #keep(slot: number, fd: number): Result {
    if (fd < 0) return code(fd);
    const old = this.#fds.get(slot);
    if (old !== undefined) this.#calls.close(old);
    this.#fds.set(slot, fd);
    this.#heldContexts.delete(slot);
    return 'open';
  }

  #keepContext(slot: number, fd: number): Result {
    const kept = this.#keep(slot, fd);
    if (fd >= 0) this.#heldContexts.add(slot);
    return kept;
  }

  /** The answer, with what the kernel has to say about it; of another descriptor its messages would be its content. */
  #fsconfig({ slot, command, key, value: given, aux }: Extract<Op, { readonly op: 'fsconfig' }>): Result {
    const fd = this.#fd(slot);
    const answer = code(this.#calls.fsconfig(fd, command, key, given, aux));
    return this.#heldContexts.has(slot) ? [answer, ...this.#calls.fsmessages(fd)] : answer;
  }

  #getdents(slot: number, size: number): Result {
    const entries = this.#calls.getdents64(this.#fd(slot), size);
    if (typeof entries === 'number') return code(entries);
    return entries.map(({ name, type, ino, off }) => [
      name,
      type,
      name === '..' || !this.#comparesInodes ? null : this.#inode(ino),
      String(off),
    ]);
  }

  #list(path: string): Result {
    const calls = this.#calls;
    const fd = calls.openat(AT_FDCWD, path, 0o200000, 0);
    if (fd < 0) return code(fd);
    const names: Result[] = [];
    for (;;) {
      const entries = calls.getdents64(fd, 32768);
      if (typeof entries === 'number') names.push(code(entries));
      if (typeof entries === 'number' || entries.length === 0) break;
      names.push(...entries.map(({ name, type }) => [name, type]));
    }
    calls.close(fd);
    return names;
  }

  #inode(ino: bigint): number {
    const key = String(ino);
    const known = this.#inodes.get(key) ?? this.#inodes.size;
    this.#inodes.set(key, known);
    return known;
  }

  #statResult(answer: number): Result {
    if (answer < 0) return code(answer);
    const { numbers, words } = this.#stat;
    const inode = this.#inode(words[StatSlot.ino] ?? 0n);
    const number = (slot: number): number => numbers[slot] ?? 0;
    return {
      inode: this.#comparesInodes ? inode : null,
      mode: number(StatSlot.mode).toString(8),
      nlink: number(StatSlot.nlink),
      ids: `${number(StatSlot.uid)}:${number(StatSlot.gid)}`,
      size: number(StatSlot.size),
      blocks: Number(words[StatSlot.blocks]),
      rdev: number(StatSlot.rdev),
      blksize: number(StatSlot.blksize),
      changed: this.#comparesInodes ? this.#changes(inode) : null,
    };
  }

  /** The mtime if the program has set it, then which of mtime, ctime (and atime) changed since the last look. */
  #changes(inode: number): Result {
    const { numbers } = this.#stat;
    const now = this.#timeSlots.map(([sec, nsec]) => `${numbers[sec] ?? 0}.${numbers[nsec] ?? 0}`);
    const before = this.#times.get(inode) ?? [];
    this.#times.set(inode, now);
    const set = (numbers[StatSlot.mtimeSec] ?? 0) < 1_000_000 ? (now[0] ?? '') : 'now';
    return [set, ...now.map((time, index) => time !== before[index])];
  }
}

const changeTimes = [
  [StatSlot.mtimeSec, StatSlot.mtimeNsec],
  [StatSlot.ctimeSec, StatSlot.ctimeNsec],
] as const;
const accessTime = [StatSlot.atimeSec, StatSlot.atimeNsec] as const;

/**
 * Where two runs first differ, or `undefined`. `sim` changes times at every call; `real` may not have, where its clock has
 * not ticked in between.
 */
export function firstDifference(sim: readonly Result[], real: readonly Result[]): number | undefined {
  for (const [index, expected] of real.entries()) {
    if (JSON.stringify(withTicksOf(sim[index] ?? null, expected)) !== JSON.stringify(expected)) return index;
  }
  return undefined;
}

function withTicksOf(sim: Result, real: Result): Result {
  const simTimes = timesOf(sim);
  const realTimes = timesOf(real);
  if (simTimes === undefined || realTimes === undefined) return sim;
  const [set = null, ...changed] = simTimes;
  return {
    ...(sim as Readonly<Record<string, Result>>),
    changed: [set, ...changed.map((is, index) => is === true && realTimes[index + 1] === true)],
  };
}

function isList(result: Result): result is readonly Result[] {
  return Array.isArray(result);
}

function timesOf(result: Result): readonly Result[] | undefined {
  if (typeof result !== 'object' || result === null || isList(result)) return undefined;
  const { changed = null } = result;
  return isList(changed) ? changed : undefined;
}

function code(answer: number): Result {
  return answer >= 0 ? answer : (errorCode(-answer) ?? `E${-answer}`);
}

function text(answer: string | number): Result {
  return typeof answer === 'number' ? code(answer) : answer;
}

function list(answer: readonly string[] | number): Result {
  return typeof answer === 'number' ? code(answer) : [...answer];
}

function value(answer: Uint8Array | number): Result {
  return typeof answer === 'number' ? code(answer) : Buffer.from(answer).toString('hex');
}

/** Of a filesystem without limits of its own, only what is the same on every machine. */
function statfsResult(answer: Statfs | number): Result {
  if (typeof answer === 'number') return code(answer);
  const { type, bsize, namelen, frsize, flags, blocks, bfree, bavail, files, ffree } = answer;
  const limited = blocks < 1000 && files < 1000;
  return [type, bsize, namelen, frsize, flags, ...(limited ? [blocks, bfree, bavail, files, ffree] : [])];
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => 65 + (index % 26));
}

function bytes(length: number, call: (buffer: Uint8Array) => number): Result {
  const buffer = new Uint8Array(length);
  const answer = call(buffer);
  return answer < 0 ? code(answer) : Buffer.from(buffer.subarray(0, answer)).toString('latin1');
}
