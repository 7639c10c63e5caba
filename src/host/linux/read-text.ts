import { check } from '../check.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../constants.ts';
import type { Syscalls } from '../syscalls.ts';

const chunkSize = 65536;

/** The whole of a file of /proc or /sys as a byte string. Throws SystemError. */
export function readText(calls: Syscalls, path: string): string {
  const fd = check(calls.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), 'open', path);
  try {
    const buffer = Buffer.alloc(chunkSize);
    let text = '';
    for (;;) {
      const length = check(calls.read(fd, buffer), 'read', path);
      if (length === 0) return text;
      text += buffer.toString('latin1', 0, length);
    }
  } finally {
    calls.close(fd);
  }
}
