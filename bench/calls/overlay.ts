import { check } from '../../src/host/check.ts';
import { AT_FDCWD, MNT_DETACH, O_CREAT, O_RDWR } from '../../src/host/constants.ts';
import type { Path } from '../../src/host/path.ts';
import type { Syscalls } from '../../src/host/syscalls.ts';
import type { ReplayTarget } from '../../src/oracle/target.ts';
import { copies, content, entries, directories, place } from './tree.ts';

/** A mounted overlay of two layers on a tmpfs, on either kernel. */
export class Overlay {
  readonly #calls: Syscalls;
  readonly #shutdown: () => void;
  #uppers = 0;

  constructor(target: ReplayTarget) {
    const machine = target.boot();
    const root = '/' as Path;
    this.#calls = machine.start({ uid: 0, gid: 0, groups: [0], umask: 0o022, root, cwd: root }).calls;
    this.#shutdown = () => {
      machine.shutdown();
    };
    this.#mkdir('/lower', place);
    this.#fill('/lower', (_, index) => index % 2 === 0);
    for (let number = 0; number < copies; number += 1) this.#file(`/lower/copy${number}`);
    this.mount();
  }

  get calls(): Syscalls {
    return this.#calls;
  }

  /** Mounts the overlay, in place of the one before, over an upper layer that nobody has written to. */
  mount(): void {
    if (this.#uppers > 0) check(this.#calls.umount2(place, MNT_DETACH), 'umount2', place);
    this.#uppers += 1;
    const upper = `/upper${this.#uppers}`;
    const work = `/work${this.#uppers}`;
    this.#mkdir(upper, work);
    this.#fill(upper, (_, index) => index % 2 === 1);
    const options = `lowerdir=/lower,upperdir=${upper},workdir=${work}`;
    check(this.#calls.mount('overlay', place, 'overlay', 0, options), 'mount', place);
  }

  end(): void {
    this.#shutdown();
  }

  /** Every directory and, of the files, those that belong to this layer. */
  #fill(layer: string, isHere: (name: string, index: number) => boolean): void {
    this.#mkdir(...directories.map((name) => layer + name));
    for (const name of entries.filter(isHere)) this.#file(layer + name);
  }

  #mkdir(...paths: readonly string[]): void {
    for (const path of paths) check(this.#calls.mkdirat(AT_FDCWD, path, 0o755), 'mkdir', path);
  }

  #file(path: string): void {
    const fd = check(this.#calls.openat(AT_FDCWD, path, O_CREAT | O_RDWR, 0o644), 'open', path);
    check(this.#calls.write(fd, content), 'write', path);
    check(this.#calls.close(fd), 'close', path);
  }
}
