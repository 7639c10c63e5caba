import type { HostChoice, HostRequest, OpenHost } from './choice.ts';

/** The machine that `--host` names. @throws Error where this kernel is asked for and cannot be reached */
export async function openHost({ choice, use, environment }: HostRequest): Promise<OpenHost> {
  switch (choice.kind) {
    case 'sim':
      return openSim(choice, use, environment);
    case 'linux':
      return openThisKernel();
    case 'auto':
      return chooseHost(environment);
  }
}

async function openSim(
  { file }: HostChoice & { kind: 'sim' },
  use: HostRequest['use'],
  environment: HostRequest['environment'],
): Promise<OpenHost> {
  if (file === undefined) return (await import('./sim.ts')).openFreshMachine(environment);
  return (await import('./machine-file.ts')).openMachineFile(file, use, environment);
}

async function openThisKernel(): Promise<OpenHost> {
  const linux = (await import('./linux.ts')).openLinux();
  if (linux.ok) return linux.host;
  throw new Error(`--host linux: ${linux.reason}; use --host sim:FILE`);
}

async function chooseHost(environment: HostRequest['environment']): Promise<OpenHost> {
  const linux = (await import('./linux.ts')).openLinuxForOverlay();
  if (linux.ok) return linux.host;
  const machine = (await import('./sim.ts')).openFreshMachine(environment);
  const note = `${linux.reason}; using a simulated machine that ends with this command (--host sim:FILE keeps one, --host linux uses vfs)`;
  return { ...machine, note };
}
