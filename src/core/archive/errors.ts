import { isSystemError, textFromPath } from '../../host/index.ts';

/** An archive that cannot be read or must not be unpacked. The message names the member and its place. */
export class ArchiveError extends Error {
  override readonly name: string = 'ArchiveError';
  /** The member's name as the archive has it (a byte string), where it is known. */
  readonly entry: string | undefined;
  /** Where the member's header begins, in bytes from the start of the archive. */
  readonly offset: number;
  /** The code of the system call that failed, where one did. */
  readonly code: string | undefined;

  constructor(what: string, entry: string | undefined, offset: number, cause?: unknown) {
    super(placed(what, entry, offset), cause === undefined ? {} : { cause });
    this.entry = entry;
    this.offset = offset;
    this.code = isSystemError(cause) ? cause.code : undefined;
  }
}

/** A message with the place that it is about. */
export function placed(what: string, entry: string | undefined, offset: number): string {
  const member = entry === undefined ? '' : `${quoted(entry)}, `;
  return `${what} (${member}byte ${offset} of the archive)`;
}

/** The archive breaks the tar format, or a limit of ours. */
export class ArchiveFormatError extends ArchiveError {
  override readonly name = 'ArchiveFormatError';
}

/** What a decoder says of bytes whose place in the archive it does not know; the reader adds the place. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** A name as messages show it. */
export function quoted(name: string): string {
  return JSON.stringify(textFromPath(name));
}

/** Why a member must not be unpacked, before its place in the archive is added. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** A layer's directory that does not hold all that the layer shows, so that it cannot be written by itself. */
export class LayerFormError extends Error {
  override readonly name = 'LayerFormError';
}
