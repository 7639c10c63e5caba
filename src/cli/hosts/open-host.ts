import type { HostChoice, HostRequest, OpenHost } from './choice.ts';

/** The machine that `--host` names. @throws Error where this kernel is asked for and cannot be reached */
export async function openHost(request: HostRequest): Promise<OpenHost> {
  const { choice } = request;
  switch (choice.kind) {
    case 'sim':
      return openSim(choice, request);
    case 'linux':
      return openThisKernel();
    case 'auto':
      return chooseHost(request);
  }
}

async function openSim({ file }: HostChoice & { kind: 'sim' }, request: HostRequest): Promise<OpenHost> {
  if (file === undefined) return (await import('./sim.ts')).openFreshMachine(request);
  return (await import('./machine-file.ts')).openMachineFile(file, request);
}

async function openThisKernel(): Promise<OpenHost> {
  const linux = (await import('./linux.ts')).openLinux();
  if (linux.ok) return linux.host;
  throw new Error(`--host linux: ${linux.reason}; use --host sim:FILE`);
}

async function chooseHost(request: HostRequest): Promise<OpenHost> {
  const linux = (await import('./linux.ts')).openLinuxForOverlay();
  if (linux.ok) return linux.host;
  const machine = (await import('./sim.ts')).openFreshMachine(request);
  const note = `${linux.reason}; using a simulated machine that ends with this command (--host sim:FILE keeps one, --host linux uses vfs)`;
  return { ...machine, note };
}
