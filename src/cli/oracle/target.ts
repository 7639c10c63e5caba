import { whyNoLinuxTarget, type TargetName } from '../../oracle/targets.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../usage-error.ts';

/** The kernel for traces that `--host` names. `auto` is this one where it can run them, else the simulated one, and says so. */
export async function targetOf(context: CommandContext): Promise<TargetName> {
  const { hostChoice } = context;
  if (hostChoice.kind !== 'auto') return hostChoice.kind === 'linux' ? 'linux' : simulated(hostChoice.file);
  const reason = await whyNotHere();
  if (reason === undefined) return 'linux';
  await context.warn(`${reason}; using the simulated kernel`);
  return 'sim';
}

function simulated(file: string | undefined): TargetName {
  if (file !== undefined) throw new UsageError('--host sim:FILE: traces begin on a fresh machine; it must be sim');
  return 'sim';
}

async function whyNotHere(): Promise<string | undefined> {
  const linux = (await import('../hosts/linux.ts')).openLinuxForOverlay();
  return linux.ok ? whyNoLinuxTarget() : linux.reason;
}
