import { release } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { check } from '../check.ts';
import { isSystemError } from '../error.ts';
import type { System } from '../host.ts';
import type { Timestamp } from '../stat.ts';
import type { Syscalls } from '../syscalls.ts';
import type { Binding } from './binding.ts';
import { readText } from './read-text.ts';

/** Random bytes that are asked for at once, since asking costs as much as a system call and names need few. */
const randomStock = 1024;

/** What the running machine and process are, see System. */
export class LinuxSystem implements System {
  readonly #binding: Binding;
  readonly #calls: Syscalls;
  readonly #random = new Uint8Array(randomStock);
  #randomLeft = 0;
  #bootId: string | undefined;
  #pageSize: number | undefined;

  constructor(binding: Binding, calls: Syscalls) {
    this.#binding = binding;
    this.#calls = calls;
  }

  now(): Timestamp {
    const out = new Float64Array(2);
    this.#binding.clock_gettime(out);
    const [sec = 0, nsec = 0] = out;
    return { sec, nsec };
  }

  async sleep(milliseconds: number): Promise<void> {
    // No wait at all is still a turn for the event loop.
    if (milliseconds === 0) await setImmediate();
    const end = performance.now() + milliseconds;
    // A timer of Node may ring up to a millisecond early.
    for (let left = milliseconds; left > 0; left = end - performance.now()) await setTimeout(Math.ceil(left));
  }

  randomBytes(length: number): Uint8Array {
    if (length > this.#random.length) return this.#fill(new Uint8Array(length));
    if (this.#randomLeft < length) {
      this.#fill(this.#random);
      this.#randomLeft = this.#random.length;
    }
    const end = this.#randomLeft;
    this.#randomLeft -= length;
    return this.#random.slice(this.#randomLeft, end);
  }

  /** By the kernel rather than by node:crypto, which takes a tenth as long to load as Node to start. */
  #fill(bytes: Uint8Array): Uint8Array {
    for (let filled = 0; filled < bytes.length;) {
      filled += check(this.#binding.getrandom(bytes.subarray(filled), 0), 'getrandom');
    }
    return bytes;
  }

  kernelRelease(): string {
    return release();
  }

  pageSize(): number {
    this.#pageSize ??= this.#binding.pageSize();
    return this.#pageSize;
  }

  inUserNamespace(): boolean {
    // The first namespace maps all ids to themselves; Docker's test. A kernel without user namespaces has no such file.
    const map = this.#readIfExists('/proc/self/uid_map');
    return map !== undefined && map.trim().split(/\s+/).join(' ') !== '0 0 4294967295';
  }

  moduleParameter(module: string, name: string): string | undefined {
    return this.#readIfExists(`/sys/module/${module}/parameters/${name}`)?.replace(/\n$/, '');
  }

  environment(name: string): string | undefined {
    return process.env[name];
  }

  bootId(): string {
    // No process lives longer than its kernel.
    this.#bootId ??= readText(this.#calls, '/proc/sys/kernel/random/boot_id').trim();
    return this.#bootId;
  }

  credentials(): { readonly uid: number; readonly gid: number } {
    return { uid: this.#calls.geteuid(), gid: this.#calls.getegid() };
  }

  umask(mask: number): number {
    return this.#calls.umask(mask);
  }

  #readIfExists(path: string): string | undefined {
    try {
      return readText(this.#calls, path);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
  }
}
