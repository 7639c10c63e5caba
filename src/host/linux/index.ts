import { SyscallHost } from '../syscall-host.ts';
import { loadBinding } from './binding.ts';
import { parseMountinfo } from './mountinfo.ts';
import { readText } from './read-text.ts';
import { linuxSyscalls } from './syscalls.ts';
import { LinuxSystem } from './system.ts';

export type LinuxHostResult =
  { readonly ok: true; readonly host: SyscallHost } | { readonly ok: false; readonly reason: string };

/** The running Linux kernel as a Host; where the addon is missing or the platform is another, the reason. */
export function linuxHost(): LinuxHostResult {
  const result = loadBinding();
  if (!result.ok) return result;
  const calls = linuxSyscalls(result.binding);
  const host = new SyscallHost(calls, {
    system: new LinuxSystem(result.binding, calls),
    procFilesystems: () => readText(calls, '/proc/filesystems'),
    // Of this thread, whose namespaces the calls of this thread work in.
    mountTable: () => parseMountinfo(readText(calls, '/proc/thread-self/mountinfo')),
  });
  return { ok: true, host };
}
