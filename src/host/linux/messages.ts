import type { Binding } from './binding.ts';

/** Longer than any line that a filesystem logs; the kernel would answer EMSGSIZE. */
const messageSize = 16384;

/**
 * Reads the log of a descriptor of fsopen(2) or fspick(2) until it is empty, which is ENODATA; reading never waits. Each read
 * is one message.
 */
export function messagesFrom(binding: Binding, fd: number): readonly string[] {
  const buffer = Buffer.alloc(messageSize);
  const messages: string[] = [];
  for (;;) {
    const length = binding.read(fd, buffer);
    if (length <= 0) return messages;
    messages.push(buffer.toString('latin1', 0, length).replace(/\n$/, ''));
  }
}
