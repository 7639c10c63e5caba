import type { Host, Path } from '../../../src/host/index.ts';
import { simHost } from '../../../src/sim/index.ts';

/** A host with an empty directory to work in. */
export interface Scratch {
  readonly host: Host;
  readonly directory: Path;
}

/** Where the laws of archives are checked: the simulator, or a real kernel. */
export interface Scratches {
  /** Runs `action` in an empty directory, and removes what it has left there. */
  run<T>(action: (scratch: Scratch) => Promise<T>): Promise<T>;
}

/** A fresh simulated machine each time. */
export const simScratches: Scratches = {
  run(action) {
    const host = simHost();
    const directory = '/scratch' as Path;
    host.fs.mkdir(directory, 0o755);
    return action({ host, directory });
  },
};
