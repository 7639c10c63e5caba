import { pathFromText } from '../../host/index.ts';
import { linux419Aufs, linux618, profiles, SimHost, SimMachine, type KernelProfile } from '../../sim/index.ts';
import { UsageError } from '../usage-error.ts';
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

/** A machine on which nothing was done yet. @throws UsageError */
export function freshMachine(request: HostRequest): SimMachine {
  const profile = profileFor(request);
  const machine = SimMachine.boot({ profile });
  if (profile.filesystems.some(({ name }) => name === 'aufs')) {
    const { fs } = new SimHost(machine);
    // Where Docker has aufs keep its table of inode numbers.
    for (const directory of ['/dev', '/dev/shm']) fs.mkdir(pathFromText(directory), 0o755);
  }
  return machine;
}

/** The kernel that is asked for, or else one with aufs where that driver is, which no later kernel has. @throws UsageError */
function profileFor({ kernel, driver, environment }: HostRequest): KernelProfile {
  if (kernel !== undefined) return profileNamed(kernel);
  // The variable counts before the option, as in the registry.
  const named = [environment.DOCKER_DRIVER ?? '', driver].find((each) => each !== '');
  return named === 'aufs' ? linux419Aufs : linux618;
}

function profileNamed(name: string): KernelProfile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return profile;
  throw new UsageError(`--kernel ${name}: there is no such kernel; there are ${Object.keys(profiles).join(', ')}`);
}

/** Refuses a machine that has another kernel than the one asked for, which is given to a machine once. @throws UsageError */
export function mustHaveKernel({ kernel: { profile } }: SimMachine, { kernel }: HostRequest): void {
  if (kernel === undefined || profileNamed(kernel).name === profile.name) return;
  throw new UsageError(`--kernel ${kernel}: this machine has ${profile.name}; a new file makes a new machine`);
}
