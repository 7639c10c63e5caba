import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphdriver, succeed, type Outcome, type Surroundings } from './command-line.ts';

/** A simulated machine in a file of its own, and the commands on it. Each call opens the file anew, as a process would. */
export class MachineUnderTest {
  /** A directory of the real machine for archives and images. */
  readonly directory = mkdtempSync(join(tmpdir(), 'graphdriver-machine-'));
  readonly file = join(this.directory, 'machine');

  path(name: string): string {
    return join(this.directory, name);
  }

  run(args: readonly string[], surroundings?: Surroundings): Promise<Outcome> {
    return graphdriver(['--host', `sim:${this.file}`, ...args], surroundings);
  }

  /** The output of a command that must succeed. */
  ok(...args: readonly string[]): Promise<string> {
    return succeed(['--host', `sim:${this.file}`, ...args]);
  }

  /** What a command prints as JSON. */
  async json(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.ok(...args, '--json'));
  }

  end(): void {
    rmSync(this.directory, { recursive: true });
  }
}
