import type { ReplayTarget } from './target.ts';

/** The kernels that a trace can run on. */
export type TargetName = 'sim' | 'linux';

/** The wanted kernel cannot be used here; the message says why. */
export class TargetUnavailableError extends Error {
  override readonly name = 'TargetUnavailableError';
}

/**
 * Opens a target by its name. The real one takes the calling thread for itself (linux-target.ts). Loaded when asked for, so
 * that the simulator needs no addon and the real kernel no simulator. Throws TargetUnavailableError.
 */
export async function targetNamed(name: TargetName): Promise<ReplayTarget> {
  if (name === 'sim') return new (await import('./sim-target.ts')).SimTarget();
  const opened = (await import('./linux-target.ts')).linuxTarget();
  if (!opened.ok) throw new TargetUnavailableError(opened.reason);
  return opened.target;
}

/** Why the real kernel cannot be used here; `undefined` if it can. Unlike opening it, asking takes nothing of the thread. */
export async function whyNoLinuxTarget(): Promise<string | undefined> {
  return (await import('./linux-target.ts')).whyNoLinuxTarget();
}
