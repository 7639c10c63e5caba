import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxHost } from '../../src/host/linux/index.ts';
import { check } from '../../src/host/check.ts';
import { pathFromText, type SyscallHost } from '../../src/host/index.ts';
import { assumeIds } from '../../src/oracle/assume-ids.ts';
import { root, type Person } from '../laws/ownership.ts';
import type { DriverUnderTest, Machine, World } from '../laws/world.ts';
import { hasUserAttributes, LinuxWorld } from './linux-world.ts';

const ownIds: Person = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** Whom the tests run as where they are an ordinary user's; as root they become one, with ids that are nobody's. */
export const ordinaryUser: Person = ownIds.uid === 0 ? { uid: 61_234, gid: 61_235 } : ownIds;

/** Why no ordinary user can work on the running kernel here, or `undefined`. */
export function whyNoOrdinaryUser(): string | undefined {
  const result = linuxHost();
  if (!result.ok) return result.reason;
  const { host } = result;
  if (ownIds.uid === 0) return host.system.inUserNamespace() ? 'root of a user namespace is all users' : undefined;
  const directory = mkdtempSync(join(tmpdir(), 'graphdriver-laws-'));
  try {
    return hasUserAttributes(host, directory) ? undefined : `${tmpdir()} keeps no user.* attributes`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The running kernel as the world of an ordinary user; only where there can be one. */
export interface OrdinaryWorld extends World {
  end(): void;
}

export function ordinaryWorld(driver: DriverUnderTest): OrdinaryWorld {
  const result = linuxHost();
  if (!result.ok) throw new Error(result.reason);
  return ownIds.uid === 0 ? new DroppedIds(result.host, driver) : new OwnIds(result.host, driver);
}

/** The machines of root, whose thread is another user's from a machine's start until it is discarded. */
class DroppedIds implements OrdinaryWorld {
  readonly #host: SyscallHost;
  readonly #world: LinuxWorld;
  readonly #groups = process.getgroups?.() ?? [];

  constructor(host: SyscallHost, driver: DriverUnderTest) {
    this.#host = host;
    this.#world = new LinuxWorld(driver);
  }

  start(): Machine {
    const machine = this.#world.start();
    const { uid, gid } = ordinaryUser;
    this.#host.fs.lchown(machine.directory, uid, gid);
    this.#become(ordinaryUser, []);
    const discard = (): void => {
      this.#become(root, this.#groups);
      machine.discard();
    };
    return { ...machine, discard };
  }

  #become({ uid, gid }: Person, groups: readonly number[]): void {
    const { calls } = this.#host;
    assumeIds(calls, root.uid, root.gid);
    check(calls.setgroups(groups), 'setgroups');
    assumeIds(calls, uid, gid);
  }

  end(): void {
    this.#world.end();
  }
}

/** Directories of the user that runs the tests. */
class OwnIds implements OrdinaryWorld {
  readonly #host: SyscallHost;
  readonly #driver: DriverUnderTest;
  readonly #directory = mkdtempSync(join(tmpdir(), 'graphdriver-laws-'));
  #machines = 0;

  constructor(host: SyscallHost, driver: DriverUnderTest) {
    this.#host = host;
    this.#driver = driver;
  }

  start(): Machine {
    this.#machines += 1;
    const directory = join(this.#directory, String(this.#machines));
    mkdirSync(directory);
    const discard = (): void => {
      letOwnerIn(directory);
      rmSync(directory, { recursive: true });
    };
    return { host: this.#host, directory: pathFromText(directory), driver: this.#driver, discard };
  }

  end(): void {
    rmdirSync(this.#directory);
  }
}

/** Some modes keep the owner of a directory from removing what is in it. */
function letOwnerIn(directory: string | Buffer): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) letOwnerIn(Buffer.concat([Buffer.from(directory), Buffer.from('/'), entry.name]));
  }
}
