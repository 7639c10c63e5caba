import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Cost, Runner } from './race.ts';
import type { Scratch } from './scratch.ts';

/** Where Debian's packages of Go libraries have their sources. */
const libraries = '/usr/share/gocode';
const library = 'github.com/containers/storage/drivers';

/** What the program is asked for (containers-storage/main.go). */
export type Work = 'apply' | 'diff' | `lives ${number}` | `holds ${number}`;

/** containers/storage's overlay driver in a Go program that stays alive between pieces of work. */
export class ContainersStorage {
  readonly #program: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string, undefined>;

  private constructor(program: string, home: string, tar: string) {
    this.#program = spawn(program, [home, tar], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface(this.#program.stdout)[Symbol.asyncIterator]();
  }

  /**
   * Builds the program and starts it with `tar` as its base layer; `undefined` where Go or the library is missing, of Debian's
   * packages golang-go, golang-github-containers-storage-dev, golang-github-ulikunitz-xz-dev.
   */
  static start(scratch: Scratch, tar: string): ContainersStorage | undefined {
    if (!existsSync(join(libraries, 'src', library))) return undefined;
    return new ContainersStorage(build(scratch.path('go')), scratch.path('containers-storage'), tar);
  }

  /** Lets it do a piece of work; answers what that has cost there. */
  async cost(work: Work): Promise<Cost> {
    this.#program.stdin.write(`${work}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`containers/storage ended at "${work}"`);
    const [wall = NaN, processor = NaN] = answer.value.split(' ').map(Number);
    return { wall, processor };
  }

  /** It as one of those that do the same work in turn. */
  runner(work: Work): Runner {
    return { name: 'containers/storage', run: () => this.cost(work) };
  }

  /** Lets it end, and waits for that. */
  async end(): Promise<void> {
    this.#program.stdin.end();
    await this.#answers.next();
  }
}

/** Answers where the program is. */
function build(workspace: string): string {
  const source = join(workspace, 'src/layers-bench');
  mkdirSync(source, { recursive: true });
  cpSync(join(import.meta.dirname, 'containers-storage/main.go'), join(source, 'main.go'));
  const program = join(workspace, 'layers-bench');
  const tags = 'exclude_graphdriver_btrfs exclude_graphdriver_devicemapper';
  execFileSync('go', ['build', '-tags', tags, '-o', program, 'layers-bench'], {
    env: { ...process.env, GO111MODULE: 'off', GOPATH: `${workspace}:${libraries}` },
    stdio: 'inherit',
  });
  return program;
}
