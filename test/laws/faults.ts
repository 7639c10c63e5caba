import { errno, SyscallHost, type ErrorCode, type Syscalls } from '../../src/host/index.ts';

/** What happens at a call: it fails with an errno, or the process ends before it is made. */
export type Fault = ErrorCode | 'crash';

/** The process has ended; nothing may be called any more. */
export class Crash extends Error {
  constructor() {
    super('the process has ended');
  }
}

/** Calls that cannot fail, or whose failure changes nothing. */
const infallible = new Set(['close', 'fsmessages', 'getuid', 'geteuid', 'getgid', 'getegid', 'umask']);

/** Calls whose answer is a new descriptor. */
const opening = new Set(['openat', 'openat2', 'dup', 'fsopen', 'fspick', 'fsmount', 'open_tree']);

/** A host on which, once armed, the n-th system call goes wrong. Until then it is the host it stands on. */
export class FaultyHost {
  readonly host: SyscallHost;
  readonly #calls: Syscalls;
  readonly #open = new Set<number>();
  #fault: Fault | undefined;
  #left = 0;
  #at: string | undefined;
  #about: string | undefined;
  #hit: string | undefined;
  #crashed = false;

  constructor(host: SyscallHost) {
    this.#calls = host.calls;
    const calls = new Proxy(host.calls, { get: (_, name) => this.#wrapped(String(name)) });
    this.host = new SyscallHost(calls, {
      system: host.system,
      procFilesystems: () => host.procFilesystems(),
      mountTable: () => host.mount.table(),
    });
  }

  /** Lets the n-th call from now on, counted from 1, go wrong. */
  arm(n: number, fault: Fault): void {
    this.#fault = fault;
    this.#left = n;
    this.#at = undefined;
    this.#about = undefined;
    this.#hit = undefined;
  }

  /** Lets the next call with this name go wrong, or the next of those that are about a name in a directory. */
  armAt(call: string, fault: Fault, about?: string): void {
    this.arm(1, fault);
    this.#at = call;
    this.#about = about;
  }

  /** The call that went wrong, `undefined` where fewer were made. */
  get hit(): string | undefined {
    return this.#hit;
  }

  /** What the end of a process does: its descriptors are closed, and with them its locks go. */
  endProcess(): void {
    for (const fd of this.#open) this.#calls.close(fd);
    this.#open.clear();
  }

  #wrapped(name: string): unknown {
    const call = Reflect.get(this.#calls, name) as (...parameters: unknown[]) => unknown;
    return (...parameters: unknown[]): unknown => {
      const failure = this.#failureOf(name, parameters[1]);
      if (failure !== undefined) return failure;
      const answer = call.apply(this.#calls, parameters);
      if (opening.has(name) && typeof answer === 'number' && answer >= 0) this.#open.add(answer);
      if (name === 'close') this.#open.delete(parameters[0] as number);
      return answer;
    };
  }

  #failureOf(name: string, about: unknown): number | undefined {
    if (this.#crashed) throw new Crash();
    if (this.#fault === undefined || infallible.has(name) || name !== (this.#at ?? name)) return undefined;
    if (this.#about !== undefined && about !== this.#about) return undefined;
    this.#left -= 1;
    if (this.#left !== 0) return undefined;
    this.#hit = name;
    if (this.#fault !== 'crash') return -errno[this.#fault];
    this.#crashed = true;
    throw new Crash();
  }
}
