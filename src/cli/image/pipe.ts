import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * A pipe that is waited for by the event loop. As a file it would keep a thread of Node's in open(2) until somebody writes, or in
 * read(2) until something is written, and the process could not end before that.
 */
export function openPipe(path: string): Socket {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
