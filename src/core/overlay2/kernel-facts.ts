import { filesystemName, isSystemError, join, type Host, type Path } from '../../host/index.ts';
import type { OverlayXattrs } from '../archive/index.ts';
import { DTypeNotSupportedError, IncompatibleFilesystemError, NotSupportedError } from '../errors.ts';
import { Staging } from '../files/staging.ts';
import { supportsDType } from '../probes/d-type.ts';
import { isKernelAtLeast } from '../probes/kernel-release.ts';
import { takesLowersOneByOne } from '../probes/lowerdir-plus.ts';
import { tryOverlay, type OverlayTrial } from '../probes/overlay.ts';

/** What a driver knows of the kernel and the filesystem below its home. */
export interface KernelFacts {
  /** The backing filesystem's name as Docker prints it. */
  readonly backingFilesystem: string;
  readonly usingMetacopy: boolean;
  /** Why diffs are naive; `undefined` where the upper directory alone tells a layer's changes. */
  readonly noNativeDiff: string | undefined;
  /** What every mount's options begin with. */
  readonly options: readonly OverlayOption[];
  /** The namespace of overlayfs's own attributes with those options. */
  readonly xattrs: OverlayXattrs;
  /** Whether the kernel takes layers one by one; asked, with a directory that is there, when a stack is too long for a page. */
  readonly takesLowersOneByOne: (directory: Path) => boolean;
}

export type OverlayOption = 'index=off' | 'userxattr';

/** What the scratch directories of trials begin with. A crash leaves no layers in them, so anybody may clear them away. */
export const trialPrefix = '.trial-';

/** Filesystems that no overlay can stand on. Where the trial mount fails on one of them, it is to blame. */
const incompatible: readonly string[] = ['aufs', 'ecryptfs', 'nfs', 'overlayfs', 'zfs'];

/**
 * Tries what the driver needs in a scratch directory within `directory`.
 * @throws NotSupportedError, IncompatibleFilesystemError, DTypeNotSupportedError; SystemError where the trial itself
 * cannot be made (no space, read-only)
 */
export async function learnKernelFacts(host: Host, driver: string, directory: Path): Promise<KernelFacts> {
  if (host.system.environment('_DOCKERD_ROOTLESS_SELINUX') === '1') {
    throw new NotSupportedError('overlay is not supported for Rootless with SELinux');
  }
  const backingFilesystem = filesystemName(host.statfs(directory).type);
  await clearTrials(host, directory);
  const scratch = Staging.create(host, directory, trialPrefix);
  try {
    const { options, trial } = tryOptions(host, driver, scratch.directory, backingFilesystem);
    if (!supportsDType(host, scratch.directory)) throw new DTypeNotSupportedError(driver, backingFilesystem);
    return {
      backingFilesystem,
      usingMetacopy: trial.usingMetacopy,
      noNativeDiff: whyNoNativeDiff(host, options, trial),
      options,
      xattrs: options.includes('userxattr') ? 'user' : 'trusted',
      takesLowersOneByOne: (existing) => takesLowersOneByOne(host, existing),
    };
  } finally {
    await scratch.unmountAndRemove();
  }
}

interface TrialWithOptions {
  readonly options: readonly OverlayOption[];
  readonly trial: OverlayTrial;
}

/**
 * The options that real mounts will have: `index=off` where the kernel knows it; `userxattr` in a user namespace where the
 * kernel has it, Linux 5.11 or a distribution's own.
 */
function tryOptions(host: Host, driver: string, scratch: Path, backingFilesystem: string): TrialWithOptions {
  const index: readonly OverlayOption[] =
    host.system.moduleParameter('overlay', 'index') === undefined ? [] : ['index=off'];
  const attempt = (name: string, options: readonly OverlayOption[]): TrialWithOptions => {
    const directory = join(scratch, name);
    host.fs.mkdir(directory, 0o755);
    return { options, trial: tryOverlay(host, directory, options) };
  };
  try {
    if (!host.system.inUserNamespace()) return attempt('trial', index);
    try {
      return attempt('trial', [...index, 'userxattr']);
    } catch (error) {
      if (!isMountError(error) || isKernelAtLeast(host, 5, 11)) throw error;
      return attempt('second-trial', index);
    }
  } catch (error) {
    if (!isMountError(error)) throw error;
    if (!incompatible.includes(backingFilesystem))
      throw new NotSupportedError(`failed to mount overlay: ${error.message}`, { cause: error });
    throw new IncompatibleFilesystemError(`'${driver}' is not supported over ${backingFilesystem}: ${error.message}`);
  }
}

function isMountError(error: unknown): error is Error {
  return isSystemError(error) && error.syscall === 'mount';
}

function whyNoNativeDiff(host: Host, options: readonly OverlayOption[], trial: OverlayTrial): string | undefined {
  if (host.system.inUserNamespace() && !options.includes('userxattr')) {
    return 'native diff is not supported in user namespace, consider updating to kernel 5.11 or later to fix';
  }
  if (trial.usingMetacopy) return 'metacopy is in use, so that files in a layer may be without their data';
  return trial.noNativeDiff;
}

/** Clears away the trials that a crash has left in a directory. */
export async function clearTrials(host: Host, directory: Path): Promise<void> {
  for (const crashed of Staging.takeOver(host, directory, trialPrefix)) await crashed.unmountAndRemove();
}
