import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detachMountsBelow } from '../../src/core/mounts/mount-points.ts';
import { isKernelAtLeast } from '../../src/core/probes/kernel-release.ts';
import { linuxHost } from '../../src/host/linux/index.ts';
import { isSystemError, MNT_DETACH, pathFromText, type SyscallHost } from '../../src/host/index.ts';
import type { DriverUnderTest, World } from '../laws/world.ts';

/** Why no overlay can be mounted here, or `undefined`. */
export function whyNoMounts(): string | undefined {
  const result = linuxHost();
  if (!result.ok) return result.reason;
  return process.getuid?.() === 0 ? undefined : 'this is not root';
}

/**
 * Why the running kernel cannot be held to the rules and traces, which are those of the kernel that the simulator imitates, or
 * `undefined`. Drivers must work on any.
 */
export function whyNotImitated(): string | undefined {
  const why = whyNoMounts();
  const result = linuxHost();
  if (why !== undefined || !result.ok) return why;
  const { host } = result;
  return isKernelAtLeast(host, 6, 18)
    ? undefined
    : `the simulator imitates Linux 6.18, and this is ${host.system.kernelRelease()}`;
}

/**
 * The running kernel as a driver's world: each machine is a directory of its own on one tmpfs, or on an ext4 in a file there
 * where tmpfs has no user.* attributes (before Linux 6.6).
 */
export class LinuxWorld implements World {
  readonly #host: SyscallHost;
  readonly #directory: string;
  /** Where the machines are. */
  readonly #ground: string;
  readonly #driver: DriverUnderTest;
  #machines = 0;

  constructor(driver: DriverUnderTest) {
    this.#driver = driver;
    const result = linuxHost();
    if (!result.ok) throw new Error(result.reason);
    this.#host = result.host;
    this.#directory = mkdtempSync(join(tmpdir(), 'graphdriver-laws-'));
    this.#host.mount.mount('laws', pathFromText(this.#directory), 'tmpfs', 0, 'mode=755');
    this.#ground = hasUserAttributes(this.#host, this.#directory) ? this.#directory : diskIn(this.#directory);
  }

  start(): ReturnType<World['start']> {
    this.#machines += 1;
    const directory = join(this.#ground, String(this.#machines));
    mkdirSync(directory);
    const path = pathFromText(directory);
    return {
      host: this.#host,
      directory: path,
      driver: this.#driver,
      discard: () => {
        detachMountsBelow(this.#host, path);
        rmSync(directory, { recursive: true });
      },
    };
  }

  end(): void {
    this.#host.mount.umount2(pathFromText(this.#directory), MNT_DETACH);
    rmdirSync(this.#directory);
  }
}

export function hasUserAttributes({ fs }: SyscallHost, directory: string): boolean {
  try {
    fs.lsetxattr(pathFromText(directory), 'user.trial', new Uint8Array());
    return true;
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP')) return false;
    throw error;
  }
}

/** An ext4 in a sparse file; answers where it is mounted. */
function diskIn(directory: string): string {
  const [image, disk] = [join(directory, 'image'), join(directory, 'disk')];
  writeFileSync(image, '');
  truncateSync(image, 2 ** 30);
  mkdirSync(disk);
  execFileSync('mkfs.ext4', ['-q', image]);
  execFileSync('mount', ['-o', 'loop', image, disk]);
  return disk;
}
