import { beforeAll, describe, expect, it } from 'vitest';
import { AT_EMPTY_PATH, AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR } from '../../../src/host/constants.ts';
import type { Fd } from '../../../src/host/host.ts';
import { join, type Path } from '../../../src/host/path.ts';
import { realBinding, realHost, scratchDirectory, whyNoHost } from './real-host.ts';

const canary = 0xa5;
const margin = 64;

// The sanitizers see what the addon writes, but not what the kernel does.
describe.skipIf(whyNoHost !== undefined)(
  'the kernel writes into the bytes that a caller gives, and nowhere else',
  () => {
    const scratch = scratchDirectory();
    let file: Path;

    beforeAll(() => {
      const { fs } = realHost();
      file = join(scratch.path(), 'file');
      const fd = fs.open(file, O_CREAT | O_RDWR, 0o600);
      fs.writeAll(fd, Buffer.alloc(1000, 1));
      fs.fsetxattr(fd, 'user.name', Buffer.alloc(100, 1));
      fs.close(fd);
    });

    const calls: readonly (readonly [string, (bytes: Uint8Array, fd: Fd, dir: Fd) => number])[] = [
      ['read', (bytes, fd) => realBinding().read(fd, bytes)],
      ['pread', (bytes, fd) => realBinding().pread(fd, bytes, 10)],
      ['getdents64', (bytes, _, dir) => realBinding().getdents64(dir, bytes)],
      ['getxattr', (bytes) => realBinding().getxattr(file, 'user.name', bytes)],
      ['lgetxattr', (bytes) => realBinding().lgetxattr(file, 'user.name', bytes)],
      ['fgetxattr', (bytes, fd) => realBinding().fgetxattr(fd, 'user.name', bytes)],
      ['getxattrat', (bytes, fd) => realBinding().getxattrat(fd, '', AT_EMPTY_PATH, 'user.name', bytes)],
      ['listxattr', (bytes) => realBinding().listxattr(file, bytes)],
      ['llistxattr', (bytes) => realBinding().llistxattr(file, bytes)],
      ['flistxattr', (bytes, fd) => realBinding().flistxattr(fd, bytes)],
      ['listxattrat', (bytes, fd) => realBinding().listxattrat(fd, '', AT_EMPTY_PATH, bytes)],
      ['name_to_handle_at', (bytes) => realBinding().name_to_handle_at(AT_FDCWD, file, bytes, 0)],
    ];

    it.each(calls)('%s', (_name, call) => {
      const { fs } = realHost();
      for (const length of [0, 1, 9, 24, 99, 100, 101, 135, 136, 137, 1000, 5000]) {
        const fd = fs.open(file, O_RDONLY);
        const dir = fs.open(scratch.path(), O_RDONLY | O_DIRECTORY);
        const memory = new Uint8Array(length + 2 * margin).fill(canary);
        const answer = call(memory.subarray(margin, margin + length), fd, dir);
        fs.close(fd);
        fs.close(dir);
        expect(memory.subarray(0, margin).every((byte) => byte === canary)).toBe(true);
        expect(memory.subarray(margin + length).every((byte) => byte === canary)).toBe(true);
        // A size of 0 asks for the length of an attribute.
        if (length > 0) expect(answer).toBeLessThanOrEqual(length);
      }
    });
  },
);
