import { quoted } from '../../archive/errors.ts';
import { ImageError } from '../error.ts';

/** A file that is not what the archive had. */
export class ChangedFileError extends ImageError {
  /** The member's name, a byte string. */
  readonly member: string;

  constructor(member: string, how: string) {
    super(`${quoted(member)} ${how}`);
    this.member = member;
  }
}
