import type { OptionDefinitions } from './options.ts';

/** The options that every command takes, before its name or after it. */
export const globalOptions = {
  host: { value: 'HOST', help: 'auto, linux, sim or sim:FILE; auto is the default' },
  driver: {
    value: 'NAME',
    help: 'the driver; by default the one with layers below the root, else the best that works',
  },
  root: { value: 'DIR', help: 'where the drivers keep their directories' },
  option: { short: 'o', value: 'KEY=VALUE', multiple: true, help: 'an option of the driver' },
  json: { help: 'print JSON' },
  help: { short: 'h', help: 'print this help' },
  version: { help: 'print the version' },
} as const satisfies OptionDefinitions;
