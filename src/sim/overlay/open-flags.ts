import { O_ACCMODE, O_RDWR, O_TRUNC, O_WRONLY } from '../../host/constants.ts';

/**
 * Whether an open with these flags changes bytes (ovl_open_flags_need_copy_up). The access mode 3 needs both permissions and
 * gives neither reading nor writing.
 */
export function changesData(flags: number): boolean {
  const access = flags & O_ACCMODE;
  return access === O_WRONLY || access === O_RDWR || (flags & O_TRUNC) !== 0;
}
