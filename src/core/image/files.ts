import type { ByteStream } from '../driver.ts';

/** A file that can be read at any place, as often as one likes. */
export interface ByteSource {
  /** What people call it, for errors. */
  readonly label: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` up to `end`, without the one at `end`. A file that has become shorter is an error. */
  read(start: number, end: number): ByteStream;
}

/**
 * The files of an image, be they in a directory or in an archive. Names are as the image's own documents spell them:
 * relative, `/` between components. A name that would leave the image, or is no regular file, is not there.
 */
export interface ImageFiles {
  /** What people call the image, for errors. */
  readonly label: string;
  /** Bytes; `undefined` where there is no such file. */
  size(name: string): number | undefined;
  /** The content of a file for which `size` gave an answer. */
  read(name: string): ByteStream;
}
