import { FSOPEN_CLOEXEC } from '../../host/constants.ts';
import { errno } from '../../host/errno.ts';
import { linuxHost } from '../../host/linux/index.ts';
import type { SyscallHost } from '../../host/syscall-host.ts';
import type { OpenHost } from './choice.ts';

/** The running kernel, or why there is none. */
export type Linux = { readonly ok: true; readonly host: OpenHost } | { readonly ok: false; readonly reason: string };

/** The running kernel, whether or not overlay can be mounted on it. */
export function openLinux(): Linux {
  const result = linuxHost();
  return result.ok ? { ok: true, host: openHostOf(result.host) } : result;
}

/** The running kernel, if this process may mount overlay on it. */
export function openLinuxForOverlay(): Linux {
  const result = linuxHost();
  if (!result.ok) return result;
  const reason = whyNoOverlay(result.host);
  return reason === undefined ? { ok: true, host: openHostOf(result.host) } : { ok: false, reason };
}

function openHostOf(host: SyscallHost): OpenHost {
  return { name: 'linux', host, note: undefined, close: () => Promise.resolve() };
}

/**
 * Why overlay cannot be mounted. fsopen(2) tells without mounting anything: it wants CAP_SYS_ADMIN over the mount
 * namespace, and the filesystem, whose module it loads. Kernels before 5.2 do not have it; there root is taken at its word.
 */
function whyNoOverlay({ calls, system }: SyscallHost): string | undefined {
  if (system.inUserNamespace() && !isAtLeast(system.kernelRelease(), 5, 11)) {
    return `Linux ${system.kernelRelease()} does not let overlay be mounted in a user namespace`;
  }
  const context = calls.fsopen('overlay', FSOPEN_CLOEXEC);
  if (context >= 0) {
    calls.close(context);
    return undefined;
  }
  if (context === -errno.ENODEV) return 'this kernel has no overlay';
  if (context === -errno.ENOSYS && calls.geteuid() === 0) return undefined;
  return 'this process may not mount';
}

function isAtLeast(release: string, major: number, minor: number): boolean {
  const [actualMajor = 0, actualMinor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}
