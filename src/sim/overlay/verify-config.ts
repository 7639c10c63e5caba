import { errno } from '../../host/errno.ts';
import type { OverlayConfig } from './config.ts';

/** Which options were named; a default gives way where a named option says otherwise. */
export interface NamedOptions {
  redirect: boolean;
  index: boolean;
  nfsExport: boolean;
  metacopy: boolean;
}

export interface Verification {
  readonly config: OverlayConfig;
  readonly named: NamedOptions;
  readonly dataLayers: boolean;
  /** Whether the mounter may see trusted.* attributes (CAP_SYS_ADMIN in the first user namespace). */
  readonly trusted: boolean;
  readonly log: (message: string) => void;
}

/**
 * Makes the options fit each other: what depends on a missing upper or on another feature is switched off or on, what was
 * named and cannot be is refused (ovl_fs_params_verify). `verity` asks for nothing else and stands beside all (R36). Answers 0 or
 * a negative errno.
 */
export function verifyConfig(verification: Verification): number {
  if (verification.config.upperdir === undefined) ignoreUpperOptions(verification);
  return (
    resolveMetacopy(verification) ||
    resolveNfsExport(verification) ||
    resolveNfsExportMetacopy(verification) ||
    resolveUserxattr(verification) ||
    checkPrivileges(verification)
  );
}

/** R4, R28, R34. */
function ignoreUpperOptions({ config, named, log }: Verification): void {
  if (config.workdir !== undefined) {
    log(`option "workdir=${config.workdir}" is useless in a non-upper mount, ignore`);
    config.workdir = undefined;
  }
  if (config.index && named.index) {
    log('option "index=on" is useless in a non-upper mount, ignore');
    named.index = false;
  }
  config.index = false;
  if (config.fsync === 'volatile') {
    log('option "volatile" is meaningless in a non-upper mount, ignoring it.');
    config.fsync = 'auto';
  }
  if (config.uuid === 'on') {
    log('option "uuid=on" requires an upper fs, falling back to uuid=null.');
    config.uuid = 'null';
  }
  if (config.redirect === 'follow') config.redirect = 'on';
}

/** R29, R30, R31: metadata-only copies need redirects. */
function resolveMetacopy({ config, named, log }: Verification): number {
  if (!config.metacopy || config.redirect === 'on') return 0;
  if (named.metacopy && named.redirect) {
    log(`conflicting options: metacopy=on,redirect_dir=${config.redirect}`);
    return -errno.EINVAL;
  }
  if (named.redirect) {
    log(`disabling metacopy due to redirect_dir=${config.redirect}`);
    config.metacopy = false;
  } else {
    config.redirect = 'on';
  }
  return 0;
}

/** R32, R33. */
function resolveNfsExport({ config, named, log }: Verification): number {
  if (!config.nfsExport || config.index) return 0;
  if (config.upperdir === undefined && config.redirect !== 'nofollow') {
    log('NFS export requires "redirect_dir=nofollow" on non-upper mount, falling back to nfs_export=off.');
    config.nfsExport = false;
    return 0;
  }
  if (named.nfsExport && named.index) {
    log('conflicting options: nfs_export=on,index=off');
    return -errno.EINVAL;
  }
  if (named.index) {
    log('disabling nfs_export due to index=off');
    config.nfsExport = false;
  } else {
    config.index = true;
  }
  return 0;
}

/** R32. */
function resolveNfsExportMetacopy({ config, named, log }: Verification): number {
  if (!config.nfsExport || !config.metacopy) return 0;
  if (named.nfsExport && named.metacopy) {
    log('conflicting options: nfs_export=on,metacopy=on');
    return -errno.EINVAL;
  }
  if (named.metacopy) {
    log('disabling nfs_export due to metacopy=on');
    config.nfsExport = false;
  } else if (config.verity !== 'off') {
    log(`disabling nfs_export due to verity=${config.verity}`);
    config.nfsExport = false;
  } else {
    log('disabling metacopy due to nfs_export=on');
    config.metacopy = false;
  }
  return 0;
}

/** R35, R46: user.* attributes are anybody's, so nothing that follows them out of a directory. */
function resolveUserxattr({ config, named, log }: Verification): number {
  if (!config.userxattr) return 0;
  if (named.redirect && config.redirect !== 'nofollow') {
    log(`conflicting options: userxattr,redirect_dir=${config.redirect}`);
    return -errno.EINVAL;
  }
  if (config.metacopy && named.metacopy) {
    log('conflicting options: userxattr,metacopy=on');
    return -errno.EINVAL;
  }
  config.redirect = 'nofollow';
  config.metacopy = false;
  return 0;
}

/** R194. */
function checkPrivileges({ config, named, dataLayers, trusted, log }: Verification): number {
  if (config.userxattr || trusted) return 0;
  const refused =
    named.redirect && config.redirect !== 'nofollow'
      ? 'redirect_dir requires'
      : config.metacopy && named.metacopy
        ? 'metacopy requires'
        : config.verity !== 'off'
          ? 'verity requires'
          : dataLayers
            ? 'lower data-only dirs require'
            : undefined;
  if (refused === undefined) return 0;
  log(`${refused} permission to access trusted xattrs`);
  return -errno.EPERM;
}
