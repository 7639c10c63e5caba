import type { HostRequest, OpenHost } from './hosts/choice.ts';
import type { Quirk } from '../core/quirks.ts';
import type { Registry } from '../core/registry.ts';
import { DescriptorOutput, takesBytes } from './descriptor-output.ts';
import { StreamOutput, type Output } from './output.ts';
import type { World } from './world.ts';

/** Node's names of architectures that Go, and so images, call otherwise. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** The world of a real process. What it does not need is not loaded. */
export function processWorld(): World {
  const { env, arch } = process;
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  return {
    get stdin() {
      return process.stdin;
    },
    get stdinIsTerminal() {
      return process.stdin.isTTY;
    },
    get stdout() {
      return (stdout ??= takesBytes(1) ? new DescriptorOutput(1) : new StreamOutput(process.stdout, env.NO_COLOR));
    },
    get stderr() {
      return (stderr ??= takesBytes(2) ? new DescriptorOutput(2) : new StreamOutput(process.stderr, env.NO_COLOR));
    },
    environment: env,
    architecture: architectures[arch] ?? arch,
    onInterrupt,
    openHost,
    registry,
  };
}

/** The first signal asks the command to end, which comes to nothing where all is done; the second one ends it. */
function onInterrupt(stop: (signal: string) => void): void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const listener = (signal: string): void => {
    for (const each of signals) process.removeListener(each, listener);
    stop(signal);
  };
  for (const signal of signals) process.on(signal, listener);
}

async function openHost(request: HostRequest): Promise<OpenHost> {
  return (await import('./hosts/open-host.ts')).openHost(request);
}

async function registry(quirks: readonly Quirk[]): Promise<Registry> {
  return (await import('../core/drivers.ts')).allDrivers(quirks);
}
