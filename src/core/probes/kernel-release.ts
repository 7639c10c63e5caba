import type { Host } from '../../host/index.ts';

/** Whether the kernel's release, `6.18.44` or `5.15.0-91-generic`, is at least this one. */
export function isKernelAtLeast(host: Host, major: number, minor: number): boolean {
  const [theirMajor = 0, theirMinor = 0] = host.system.kernelRelease().split(/[.-]/).map(Number);
  return theirMajor > major || (theirMajor === major && theirMinor >= minor);
}
