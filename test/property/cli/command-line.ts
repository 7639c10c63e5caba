import { Readable } from 'node:stream';
import type { Driver } from '../../../src/core/driver.ts';
import { Registry } from '../../../src/core/registry.ts';
import { allDrivers } from '../../../src/core/drivers.ts';
import { openHost } from '../../../src/cli/hosts/open-host.ts';
import { run, type Status } from '../../../src/cli/run.ts';
import type { World } from '../../../src/cli/world.ts';
import { chunked } from '../image/streams.ts';
import { Recording } from './terminal.ts';

/** What a command line has come to. */
export interface Outcome {
  readonly status: Status;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

export interface Surroundings {
  readonly stdin?: Uint8Array | Readable;
  readonly stdout?: Recording;
  readonly stderr?: Recording;
  readonly environment?: Readonly<Record<string, string>>;
  /** A driver in place of those of the package. */
  readonly driver?: Driver;
  /** Gets the function that a signal would call. */
  readonly onInterrupt?: (stop: (signal: string) => void) => void;
}

/** Runs a command line in this process. */
export async function graphdriver(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const { stdout = new Recording(), stderr = new Recording() } = surroundings;
  const status = await run(args, worldOf(surroundings, stdout, stderr));
  return { status, stdout: stdout.text, stderr: stderr.text, bytes: stdout.bytes };
}

function worldOf(
  { stdin, environment, driver, onInterrupt }: Surroundings,
  stdout: Recording,
  stderr: Recording,
): World {
  return {
    stdin: stdin instanceof Readable ? stdin : Readable.from(chunked(stdin ?? new Uint8Array(0))),
    stdinIsTerminal: stdin === undefined,
    stdout,
    stderr,
    environment: environment ?? {},
    architecture: 'amd64',
    onInterrupt: (stop) => onInterrupt?.(stop),
    openHost,
    registry: (quirks) => Promise.resolve(driver === undefined ? allDrivers(quirks) : only(driver)),
  };
}

function only(driver: Driver): Registry {
  const registry = new Registry();
  registry.register(driver.toString(), () => Promise.resolve(driver));
  return registry;
}

/** The output of a command that must succeed. */
export async function succeed(args: readonly string[], surroundings?: Surroundings): Promise<string> {
  const { status, stdout, stderr } = await graphdriver(args, surroundings);
  if (status !== 0) throw new Error(`graphdriver ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** A standard input that never gives anything, and an interrupt when it is first asked to. */
export function interruptedAtInput(): Surroundings {
  let interrupt: (signal: string) => void = () => undefined;
  const stdin = new Readable({
    read: () => {
      interrupt('SIGINT');
    },
  });
  return { stdin, onInterrupt: (stop) => (interrupt = stop) };
}
