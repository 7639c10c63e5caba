import type { Readable } from 'node:stream';
import type { Quirk } from '../core/quirks.ts';
import type { Registry } from '../core/registry.ts';
import type { Output } from './output.ts';
import type { HostRequest, OpenHost } from './hosts/choice.ts';

/**
 * All that the command has of the outside: tests give another one. What a driver works on is a Host; a world is where the
 * command itself runs, whose files `load IMAGE`, `apply ID TAR` and `-o FILE` name.
 */
export interface World {
  readonly stdin: Readable;
  readonly stdinIsTerminal: boolean;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Go's name of this machine's architecture: what images are loaded for. */
  readonly architecture: string;
  /** Gives `stop` to whoever wants to end the command early (SIGINT, SIGTERM), for as long as the process lives. */
  onInterrupt(stop: (signal: string) => void): void;
  /** The machine to work on. */
  openHost(request: HostRequest): Promise<OpenHost>;
  /** The drivers that there are, with those quirks. */
  registry(quirks: readonly Quirk[]): Promise<Registry>;
}
