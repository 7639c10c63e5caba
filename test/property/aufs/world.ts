import { linux419Aufs } from '../../../src/sim/index.ts';
import type { Path } from '../../../src/host/index.ts';
import { aufs } from '../../laws/aufs.ts';
import type { Machine, World } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

/** Simulated machines with aufs. Docker has aufs make its file of inode numbers in /dev/shm, which must be there. */
export class AufsWorld implements World {
  readonly #machines = new SimWorld(aufs, linux419Aufs);

  start(): Machine {
    const machine = this.#machines.start();
    for (const directory of ['/dev', '/dev/shm']) machine.host.fs.mkdir(directory as Path, 0o755);
    return machine;
  }
}
