import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The longest a dockerd may take to answer, or to go, in milliseconds. */
const patience = 30_000;

/** Whose ids containers have on disk, `FIRST:NUMBER` of users and of groups. */
export interface Remap {
  readonly users: string;
  readonly groups: string;
}

/** A real dockerd with a data root of its own on a tmpfs, without network, that tests start and stop. */
export class Daemon {
  readonly root: string;
  readonly #scratch: string;
  #process: ChildProcess | undefined;

  constructor(scratchParent: string) {
    this.#scratch = mkdtempSync(join(scratchParent, 'graphdriver-dockerd-'));
    // A dockerd with ids of its own wants to pass through as another user.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=711', 'dockerd-test', this.#scratch]);
    this.root = join(this.#scratch, 'root');
    mkdirSync(this.root);
  }

  async start(driver: string, remap?: Remap): Promise<void> {
    const log = openSync(join(this.#scratch, 'log'), 'a');
    const places = ['--data-root', this.root, '--exec-root', join(this.#scratch, 'run'), '-H', this.#socket];
    const network = ['--bridge=none', '--iptables=false', '--ip6tables=false'];
    const rest = ['--pidfile', join(this.#scratch, 'pid'), '-s', driver];
    const [program = '', ...first] = remap === undefined ? ['dockerd'] : this.#remapped(remap);
    this.#process = spawn(program, [...first, ...places, ...network, ...rest], { stdio: ['ignore', log, log] });
    await this.#until('answer', () => succeeds(() => this.docker('version')));
  }

  /** A dockerd with `--userns-remap`, which reads the ids in an /etc of its own, so that the machine's stays what it is. */
  #remapped({ users, groups }: Remap): readonly string[] {
    const [changes, work] = [join(this.#scratch, 'etc'), join(this.#scratch, 'etc-work')];
    for (const directory of [changes, work]) mkdirSync(directory, { recursive: true });
    writeFileSync(join(changes, 'subuid'), `daemon:${users}\n`);
    writeFileSync(join(changes, 'subgid'), `daemon:${groups}\n`);
    const layers = `lowerdir=/etc,upperdir=${changes},workdir=${work}`;
    const script = `mount -t overlay -o ${layers} overlay /etc && exec dockerd --userns-remap daemon "$@"`;
    return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'dockerd'];
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    running.kill('SIGTERM');
    await this.#until('stop', () => running.exitCode !== null || running.signalCode !== null);
    this.#process = undefined;
  }

  /** Runs the docker client against this daemon and answers what it printed. */
  docker(...parameters: readonly string[]): string {
    return this.dockerWith(undefined, ...parameters);
  }

  dockerWith(input: Uint8Array | undefined, ...parameters: readonly string[]): string {
    return execFileSync('docker', ['-H', this.#socket, ...parameters], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      // What the client says of an error is part of the error; while dockerd starts, it is no news.
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    });
  }

  /** The directory name that dockerd gave the layer with this chainID. */
  cacheId(driver: string, chainId: string, graph = this.root): string {
    return readFileSync(cacheIdFile(driver, chainId, graph), 'utf8');
  }

  /** Has dockerd, which must not run, take another directory for the layer. */
  setCacheId(driver: string, chainId: string, id: string, graph = this.root): void {
    writeFileSync(cacheIdFile(driver, chainId, graph), id);
  }

  async discard(): Promise<void> {
    await this.stop();
    execFileSync('umount', ['-R', '-l', this.#scratch]);
    rmSync(this.#scratch, { recursive: true });
  }

  get #socket(): string {
    return `unix://${join(this.#scratch, 'sock')}`;
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    for (let waited = 0; waited < patience; waited += 200) {
      if (holds()) return;
      await sleep(200);
    }
    const log = readFileSync(join(this.#scratch, 'log'), 'utf8');
    throw new Error(`dockerd did not ${what} within ${patience / 1000} s; its log:\n${log.slice(-4000)}`);
  }
}

function cacheIdFile(driver: string, chainId: string, graph: string): string {
  return join(graph, 'image', driver, 'layerdb/sha256', chainId.replace('sha256:', ''), 'cache-id');
}

/** Why no dockerd can be started here, or `undefined`. */
export function whyNoDaemon(): string | undefined {
  if (process.getuid?.() !== 0) return 'this is not root';
  for (const program of ['dockerd', 'docker', 'ldd']) {
    if (!succeeds(() => execFileSync('sh', ['-c', `command -v ${program}`]))) return `${program} is not installed`;
  }
  return undefined;
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
