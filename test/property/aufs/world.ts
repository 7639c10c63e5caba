import { linux419Aufs, type KernelProfile } from '../../../src/sim/index.ts';
import type { Path } from '../../../src/host/index.ts';
import { aufs } from '../../laws/aufs.ts';
import type { Machine, World } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

/** On tmpfs, where the answers of real tools to layers are from: ext4 takes no attributes of 64 KiB. */
export const aufsOnTmpfs: KernelProfile = { ...linux419Aufs, rootFilesystem: { type: 'tmpfs', options: '' } };

/** Simulated machines with aufs. Docker has aufs make its file of inode numbers in /dev/shm, which must be there. */
export class AufsWorld implements World {
  readonly #machines: SimWorld;

  constructor(profile: KernelProfile = linux419Aufs) {
    this.#machines = new SimWorld(aufs, profile);
  }

  start(): Machine {
    const machine = this.#machines.start();
    for (const directory of ['/dev', '/dev/shm']) machine.host.fs.mkdir(directory as Path, 0o755);
    return machine;
  }
}
