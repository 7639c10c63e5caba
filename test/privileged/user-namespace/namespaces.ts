import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Ended } from '../cli/binary.ts';

/** A user namespace, with a mount namespace of its own, in which programs run as root. */
export interface UserNamespace {
  readonly name: string;
  /** Why programs cannot run there, or `undefined`. */
  readonly why: () => string | undefined;
  readonly run: (program: string, ...args: readonly string[]) => Promise<Ended>;
}

const unshared = ['unshare', '-Urm', '--propagation', 'private'];

/** `unshare -Urm`: root is the only id, and stands for the one that made the namespace. */
export const ofRoot: UserNamespace = {
  name: "root's, with one id",
  why: () => whyNot(unshared),
  run: (...command) => ended([...unshared, ...command]),
};

const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--bounding-set', '-all'];

/** The same for an ordinary user, who has no privileges at all outside. */
export const ofNobody: UserNamespace = {
  name: "an ordinary user's, with one id",
  why: () => whyNot([...nobody, ...unshared]) ?? whyUnreadable(),
  run: (...command) => ended([...nobody, ...unshared, ...command], { HOME: '/nonexistent' }),
};

function whyNot(prefix: readonly string[]): string | undefined {
  const [program = '', ...args]: readonly string[] = [...prefix, 'true'];
  const { error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return error === undefined ? stderr.trim() || undefined : error.message;
}

/** The files of this project and the program that runs them may be out of an ordinary user's reach. */
function whyUnreadable(): string | undefined {
  const [program = '', ...args]: readonly string[] = [
    ...nobody,
    process.execPath,
    '--eval',
    `fs.openSync(process.argv[1])`,
  ];
  const read = spawnSync(program, [...args, import.meta.filename]);
  return read.status === 0 ? undefined : 'an ordinary user cannot read this checkout';
}

/** Has many ids, 0 to 199999, none of which has any privilege outside: what an engine gives to containers. */
export const ofRange = withIds('with many ids', '0 200000 200000\n');

/** Has these ids, in the words of /proc/PID/uid_map and gid_map. */
export function withIds(name: string, map: string): UserNamespace {
  return {
    name,
    why: () => whyNot(['unshare', '-U', '--keep-caps', 'setpriv', '--ambient-caps', '-all', 'true']),
    run: (...command) => runMapped(map, command),
  };
}

/** Only a process outside can map several ids, so the one inside waits for that, and becomes root after it. */
function runMapped(map: string, command: readonly string[]): Promise<Ended> {
  const becomeRoot = 'exec setpriv --reuid 0 --regid 0 --clear-groups --inh-caps -all --ambient-caps -all "$@"';
  const script = `echo made; read mapped; ${becomeRoot}`;
  const inside = ['sh', '-c', script, 'sh', ...command];
  const child = spawn('unshare', ['-Um', '--keep-caps', '--propagation', 'private', ...inside]);
  child.stdout.once('data', () => {
    for (const kind of ['uid', 'gid']) writeFileSync(`/proc/${child.pid ?? ''}/${kind}_map`, map);
    child.stdin.end('mapped\n');
  });
  return outputOf(child).then((output) => ({ ...output, stdout: output.stdout.replace(/^made\n/, '') }));
}

function ended(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [program = '', ...args] = command;
  return outputOf(spawn(program, args, { env: { ...process.env, ...environment } }));
}

function outputOf(child: ReturnType<typeof spawn>): Promise<Ended> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}
