import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll } from 'vitest';
import { MNT_DETACH, O_CREAT, O_TRUNC, O_WRONLY } from '../../../src/host/constants.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { join, pathFromText, type Path } from '../../../src/host/path.ts';
import type { SyscallHost } from '../../../src/host/syscall-host.ts';

const result = linuxHost();

/** Why nothing can be mounted here, or `undefined`. Suites skip by it. */
export const whyNoMounts = !result.ok ? result.reason : process.geteuid?.() === 0 ? undefined : 'this is not root';
if (whyNoMounts !== undefined) console.warn(`SKIPPED: privileged tests of the Linux host: ${whyNoMounts}`);

/** The running kernel; only within a suite that skips by `whyNoMounts`. */
export function realHost(): SyscallHost {
  if (!result.ok) throw new Error(result.reason);
  return result.host;
}

/** A tmpfs for the tests of one suite; gone, with all that is mounted in it, after the suite's last hook. */
export interface MountedScratch {
  path(...parts: readonly string[]): Path;
  /** Makes directories in it. */
  mkdirs(...paths: readonly string[]): void;
  /** Makes or overwrites a file in it. */
  write(path: string, text: string): void;
}

export function mountedScratch(): MountedScratch {
  let at: Path | undefined;
  beforeAll(() => {
    const directory = pathFromText(mkdtempSync(join(pathFromText(tmpdir()), 'graphdriver-mounted-')));
    realHost().mount.mount('tmpfs', directory, 'tmpfs', 0, 'mode=755');
    at = directory;
  });
  afterAll(() => {
    if (at === undefined) return;
    realHost().mount.umount2(at, MNT_DETACH);
    rmdirSync(at);
  });

  function path(...parts: readonly string[]): Path {
    if (at === undefined) throw new Error('the scratch filesystem exists within tests only');
    return join(at, ...parts);
  }
  return {
    path,
    mkdirs(...paths) {
      for (const each of paths) realHost().fs.mkdir(path(each), 0o755);
    },
    write(name, text) {
      const { fs } = realHost();
      const fd = fs.open(path(name), O_CREAT | O_TRUNC | O_WRONLY, 0o644);
      fs.writeAll(fd, Buffer.from(text, 'latin1'));
      fs.close(fd);
    },
  };
}
