import type { Command } from './command.ts';
import type { OptionDefinitions } from './options.ts';

/** The options that every command takes, before its name or after it. */
export const globalOptions = {
  host: { value: 'HOST', help: 'auto, linux, sim or sim:FILE; auto is the default' },
  kernel: {
    value: 'NAME',
    help: 'which kernel a new simulated machine has, linux-6.18 by default; see docs/kernels.md',
  },
  driver: {
    value: 'NAME',
    help: 'the driver; by default the one with layers below the root, else the best that works',
  },
  root: { value: 'DIR', help: 'where the drivers keep their directories' },
  option: { short: 'o', value: 'KEY=VALUE', multiple: true, help: 'an option of the driver' },
  uidmap: {
    value: 'CONTAINER:HOST:SIZE',
    multiple: true,
    help: 'what user ids of containers are on disk; layers are then kept in ROOT/UID.GID, as by dockerd',
  },
  gidmap: {
    value: 'CONTAINER:HOST:SIZE',
    multiple: true,
    help: 'the same for group ids; where only one of the two is given it is both',
  },
  limit: {
    value: 'NAME=NUMBER',
    multiple: true,
    help: 'how much the archive of a layer may ask for; see docs/limits.md',
  },
  quirk: {
    value: 'NAME',
    multiple: true,
    help: 'reproduce a historic fault, or those of docker-1.10, docker-20.10 or moby; see docs/quirks.md',
  },
  json: { help: 'print JSON' },
  help: { short: 'h', help: 'print this help' },
  version: { help: 'print the version' },
} as const satisfies OptionDefinitions;

const ofDrivers: readonly string[] = ['kernel', 'driver', 'root', 'option', 'uidmap', 'gidmap', 'limit', 'quirk'];

/** Those of them that mean something to a command. */
export function globalOptionsOf({ use }: Command): OptionDefinitions {
  const all: OptionDefinitions = globalOptions;
  return use === 'none' ? Object.fromEntries(Object.entries(all).filter(([name]) => !ofDrivers.includes(name))) : all;
}
