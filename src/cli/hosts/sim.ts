import { SimHost, SimMachine } from '../../sim/index.ts';
import type { OpenHost } from './choice.ts';

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
export function openFreshMachine(environment: Readonly<Record<string, string | undefined>>): OpenHost {
  return simOpenHost(SimMachine.boot(), environment, () => Promise.resolve());
}
