import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DescriptorOutput, takesBytes } from '../../../src/cli/descriptor-output.ts';
import { OutputClosedError } from '../../../src/cli/output.ts';

describe.skipIf(process.platform !== 'linux')('output by its descriptor', () => {
  let scratch = '';
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'graphdriver-output-'));
    execFileSync('mkfifo', [join(scratch, 'pipe')]);
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });

  /** Both ends of a pipe that has room for 64 KiB, and does not wait for more. */
  function pipe(): { readonly reader: number; readonly writer: number } {
    const path = join(scratch, 'pipe');
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
  }

  it('goes to files, pipes and /dev/null, not to directories and terminals', () => {
    const { reader, writer } = pipe();
    const terminal = openSync('/dev/ptmx', 'r+');
    const all = { writer, file: openSync(join(scratch, 'new'), 'w'), null: openSync('/dev/null', 'w') };
    const none = { directory: openSync(scratch, 'r'), terminal };
    expect(Object.values(all).map(takesBytes)).toEqual([true, true, true]);
    expect(Object.values(none).map(takesBytes)).toEqual([false, false]);
    for (const fd of [...Object.values(all), ...Object.values(none), reader]) closeSync(fd);
  });

  it('writes text in UTF-8, and bytes as they are', async () => {
    const fd = openSync(join(scratch, 'file'), 'w');
    const output = new DescriptorOutput(fd);
    await output.write('größe\n');
    await output.write(Uint8Array.of(0xff, 0));
    await output.write('');
    closeSync(fd);
    expect(readFileSync(join(scratch, 'file'), 'latin1')).toBe('gr\xc3\xb6\xc3\x9fe\n\xff\0');
  });

  it('waits for room in a pipe that does not wait itself', async () => {
    const { reader, writer } = pipe();
    const sent = Buffer.alloc(300_000, 'abcdefg');
    const writing = new DescriptorOutput(writer).write(sent);
    const received = Buffer.alloc(sent.length);
    for (let length = 0; length < sent.length;) {
      length += readWhatIsThere(reader, received.subarray(length));
      await setImmediate();
    }
    await writing;
    expect(received.equals(sent)).toBe(true);
    closeSync(reader);
    closeSync(writer);
  });

  it('tells a reader that has gone from other failures', async () => {
    const { reader, writer } = pipe();
    closeSync(reader);
    await expect(new DescriptorOutput(writer).write('x')).rejects.toThrow(OutputClosedError);
    closeSync(writer);
    const full = openSync('/dev/full', 'w');
    await expect(new DescriptorOutput(full).write('x')).rejects.toThrow('ENOSPC');
    closeSync(full);
  });
});

function readWhatIsThere(fd: number, buffer: Uint8Array): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}
