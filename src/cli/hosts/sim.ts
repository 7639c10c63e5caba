import { pathFromText } from '../../host/index.ts';
import { linux419Aufs, SimHost, SimMachine } from '../../sim/index.ts';
import type { HostRequest, OpenHost } from './choice.ts';

/** The environment variables that a host has a use for. */
const passedOn = ['DOCKER_DRIVER'];

/** A simulated machine as a host; `keep` stores what has become of it. */
export function simOpenHost(
  machine: SimMachine,
  environment: Readonly<Record<string, string | undefined>>,
  keep: () => Promise<void>,
): OpenHost {
  const seen = passedOn.flatMap((name) =>
    environment[name] === undefined ? [] : [[name, environment[name]] as const],
  );
  const host = new SimHost(machine, machine.init, Object.fromEntries(seen));
  return { name: 'sim', host, note: undefined, close: keep };
}

/** A machine that lives as long as the command. */
export function openFreshMachine(request: HostRequest): OpenHost {
  return simOpenHost(freshMachine(request), request.environment, () => Promise.resolve());
}

/** A machine on which nothing was done yet. Its kernel has aufs where that is asked for, which no later kernel has. */
export function freshMachine({ driver, environment }: HostRequest): SimMachine {
  // The variable counts before the option, as in the registry.
  const named = [environment.DOCKER_DRIVER ?? '', driver].find((each) => each !== '');
  if (named !== 'aufs') return SimMachine.boot();
  const machine = SimMachine.boot({ profile: linux419Aufs });
  const { fs } = new SimHost(machine);
  // Where Docker has aufs keep its table of inode numbers.
  for (const directory of ['/dev', '/dev/shm']) fs.mkdir(pathFromText(directory), 0o755);
  return machine;
}
