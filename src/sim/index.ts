export { SimMachine, type SimMachineOptions } from './machine.ts';
export { SimHost, simHost, type SimHostOptions } from './sim-host.ts';
export type { ProcessInit } from './kernel/machine.ts';
export type { Process } from './kernel/process.ts';
export type { SavedMachine } from './kernel/saved-machine.ts';
export * from './kernel/profile.ts';
export type { FilesystemEntry, KernelProfile } from './vfs/kernel.ts';
export { superOptions } from './kernel/mountinfo.ts';
