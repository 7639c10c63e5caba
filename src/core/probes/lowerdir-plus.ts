import { isSystemError, type Host, type Path } from '../../host/index.ts';

/** An option no overlayfs has, so that the trial ends before anything is mounted. */
const noSuchOption = 'graphdriver_trial';

/**
 * Whether the kernel takes overlay's layers one by one (fsconfig(2) with `lowerdir+`, Linux 6.7 and later). Nothing is
 * mounted: which option is refused tells whether the one before it was taken.
 */
export function takesLowersOneByOne(host: Host, directory: Path): boolean {
  try {
    host.mount.fsmount(
      'overlay',
      directory,
      [
        { key: 'lowerdir+', value: directory },
        { key: noSuchOption, flag: true },
      ],
      0,
    );
  } catch (error) {
    if (isSystemError(error)) return error.syscall.startsWith(`fsconfig(${noSuchOption})`);
    throw error;
  }
  return false;
}
