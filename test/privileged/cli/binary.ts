import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../../../src');
const built = join(import.meta.dirname, '../../../dist/command/graphdriver.cjs');

/** How the command is run: from its source, and as it is published where that has been built from this source. */
export const binaries: Readonly<Record<string, readonly string[]>> = {
  source: ['--import', 'tsx', join(source, 'cli/main.ts')],
  ...(isFresh() ? { built: [built] } : {}),
};

/** The one that starts faster. */
export const fastest = isFresh() ? 'built' : 'source';

function isFresh(): boolean {
  if (!existsSync(built)) return false;
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.every((name) => statSync(join(source, name)).mtimeMs < statSync(built).mtimeMs);
}

/** What a process has come to. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, with the options that all calls of a test share. Every call is a process of its own. */
export class Graphdriver {
  readonly #command: readonly string[];

  constructor(options: readonly string[], binary = fastest) {
    this.#command = [...(binaries[binary] ?? []), ...options];
  }

  /** What comes after the name of Node's program, and before the command's own arguments. */
  get words(): readonly string[] {
    return this.#command;
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...this.#command, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    return { status, stdout, stderr };
  }

  /** The same by another user. */
  runAs(uid: number, ...args: readonly string[]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...this.#command, ...args], {
      encoding: 'utf8',
      uid,
      gid: uid,
    });
    return { status, stdout, stderr };
  }

  /** The output of a command that must succeed. */
  ok(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.run(...args);
    if (status !== 0) throw new Error(`graphdriver ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
    return stdout;
  }

  /** What it prints as JSON. */
  json(...args: readonly string[]): unknown {
    return JSON.parse(this.ok(...args, '--json'));
  }

  /** Starts a command without waiting for it. */
  start(...args: readonly string[]): ReturnType<typeof spawn> {
    return spawn(process.execPath, [...this.#command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** A tmpfs of its own; everything below it is unmounted at the end. */
export class Scratch {
  readonly directory: string;

  constructor(options = 'mode=755') {
    this.directory = mkdtempSync(join(tmpdir(), 'graphdriver-cli-'));
    run('mount', '-t', 'tmpfs', '-o', options, 'graphdriver-test', this.directory);
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  make(name: string): string {
    const path = this.path(name);
    mkdirSync(path);
    return path;
  }

  /** Mounts below the directory, the tmpfs itself aside. */
  mounts(): readonly string[] {
    const lines = run('findmnt', '-rno', 'TARGET').split('\n');
    return lines.filter((line) => line.startsWith(`${this.directory}/`));
  }

  end(): void {
    for (const mount of [...this.mounts()].reverse()) run('umount', '-l', mount);
    run('umount', '-l', this.directory);
    rmdirSync(this.directory);
  }
}

/** Runs an ordinary tool that must succeed; answers what it prints. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return stdout;
}

/** Everything in a directory: types, modes, owners, sizes, targets. Times of directories change with what is made in them. */
export function listing(directory: string): readonly string[] {
  return run(
    'find',
    directory,
    '-xdev',
    '-printf',
    '%P %y %m %U:%G %l %n ',
    '-type',
    'f',
    '-printf',
    '%s %T@\\n',
    '-o',
    '-printf',
    '\n',
  )
    .split('\n')
    .sort();
}
