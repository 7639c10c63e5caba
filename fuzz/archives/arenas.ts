import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { MNT_DETACH, type Host, type Path } from '../../src/host/index.ts';
import { linuxHost } from '../../src/host/linux/index.ts';
import { SimHost, simHost } from '../../src/sim/index.ts';
import { arena } from './random-archive.ts';
import { furnish, type Arena } from './trial.ts';

/** Gives each trial an arena of its own. */
export interface Arenas {
  run<T>(trial: (arena: Arena) => Promise<T>): Promise<T>;
  end(): void;
}

const directory = arena as Path;

/** Simulated machines, each a copy of one with a furnished arena. */
export function simArenas(): Arenas {
  const host = simHost();
  makeAll(host);
  furnish({ host, directory });
  const booted = host.system.now().sec;
  const isNow = (seconds: number): boolean => seconds >= booted && seconds < booted + 3600;
  return {
    run: (trial) => trial({ host: new SimHost(host.machine.clone()), directory, isNow }),
    end: () => undefined,
  };
}

function makeAll({ fs }: Host): void {
  const parts = arena.split('/').slice(1);
  for (const [i] of parts.entries()) {
    const path = `/${parts.slice(0, i + 1).join('/')}` as Path;
    if (fs.lstatIfExists(path) === undefined) fs.mkdir(path, 0o755);
  }
}

/**
 * A tmpfs of the running kernel, which is all that is touched if nothing escapes. @throws Error EEXIST where another run is
 * at work, or was ended by force; then unmount and remove the directory that it names
 */
export function linuxArenas(): Arenas {
  const result = linuxHost();
  if (!result.ok) throw new Error(`there is no Linux host here: ${result.reason}`);
  const { host } = result;
  const mounted = dirname(arena);
  mkdirSync(mounted);
  host.mount.mount('fuzz', mounted as Path, 'tmpfs', 0, 'mode=755,size=256m');
  return {
    run: async (trial) => {
      const started = host.system.now().sec;
      const isNow = (seconds: number): boolean => seconds >= started - 1 && seconds <= host.system.now().sec + 1;
      mkdirSync(arena);
      try {
        furnish({ host, directory });
        return await trial({ host, directory, isNow });
      } finally {
        rmSync(arena, { recursive: true });
      }
    },
    end: () => {
      host.mount.umount2(mounted as Path, MNT_DETACH);
      rmdirSync(mounted);
    },
  };
}
