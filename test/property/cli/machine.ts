import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Path } from '../../../src/host/index.ts';
import { SimHost, SimMachine, type KernelProfile } from '../../../src/sim/index.ts';
import { graphdriver, succeed, type Outcome, type Surroundings } from './command-line.ts';

/** A simulated machine in a file of its own, and the commands on it. Each call opens the file anew, as a process would. */
export class MachineUnderTest {
  /** A directory of the real machine for archives and images. */
  readonly directory = mkdtempSync(join(tmpdir(), 'graphdriver-machine-'));
  readonly file = join(this.directory, 'machine');

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Puts a machine with another kernel in the place of this one, with the directory that aufs writes to. */
  boot(profile: KernelProfile): void {
    const machine = SimMachine.boot({ profile });
    const { fs } = new SimHost(machine);
    for (const directory of ['/dev', '/dev/shm']) fs.mkdir(directory as Path, 0o755);
    writeFileSync(this.file, `graphdriver machine 1\n${machine.toText()}`);
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
