import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { pathFromText, type Path } from '../../../src/host/path.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { loadBinding, type Binding } from '../../../src/host/linux/binding.ts';
import type { SyscallHost } from '../../../src/host/syscall-host.ts';

const host = linuxHost();
const binding = loadBinding();

/** Why the real kernel cannot be tested here, or `undefined`. Suites skip by it. */
export const whyNoHost = host.ok ? undefined : host.reason;
if (whyNoHost !== undefined) console.warn(`SKIPPED: tests of the Linux host: ${whyNoHost}`);

/** The running kernel; only within a suite that skips by `whyNoHost`. */
export function realHost(): SyscallHost {
  if (!host.ok) throw new Error(host.reason);
  return host.host;
}

/** The addon itself, under the same condition. */
export function realBinding(): Binding {
  if (!binding.ok) throw new Error(binding.reason);
  return binding.binding;
}

/** A directory for the tests of one suite; it is there from the suite's first hook to its last. */
export function scratchDirectory(): { path(): Path } {
  let path: string | undefined;
  beforeAll(() => {
    path = mkdtempSync(join(tmpdir(), 'graphdriver-linux-host-'));
  });
  afterAll(() => {
    if (path !== undefined) rmSync(path, { recursive: true, force: true });
  });
  return {
    path(): Path {
      if (path === undefined) throw new Error('the scratch directory exists within tests only');
      return pathFromText(path);
    },
  };
}
