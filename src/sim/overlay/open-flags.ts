import { O_ACCMODE, O_RDONLY, O_TRUNC } from '../../host/constants.ts';

/** Whether an open with these flags changes bytes (ovl_open_flags_need_copy_up). */
export function changesData(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
}
