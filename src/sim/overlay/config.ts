import type { KernelProfile } from '../vfs/kernel.ts';
import { isAtLeast, type Release } from '../vfs/release.ts';

export type RedirectMode = 'off' | 'follow' | 'nofollow' | 'on';
export type UuidMode = 'off' | 'null' | 'auto' | 'on';
export type XinoMode = 'off' | 'auto' | 'on';
export type VerityMode = 'off' | 'on' | 'require';
export type FsyncMode = 'volatile' | 'auto' | 'strict';

/** The options of one overlay mount (struct ovl_config). They change while the mount is made, as features fall back. */
export interface OverlayConfig {
  /** The value of `lowerdir` as given, `undefined` where the layers came by `lowerdir+`. */
  lowerdir: string | undefined;
  /** Values as given, with their escapes. */
  upperdir: string | undefined;
  workdir: string | undefined;
  defaultPermissions: boolean;
  /** Never `off`: that means follow or nofollow (R27). */
  redirect: RedirectMode;
  index: boolean;
  uuid: UuidMode;
  nfsExport: boolean;
  xino: XinoMode;
  metacopy: boolean;
  userxattr: boolean;
  verity: VerityMode;
  fsync: FsyncMode;
}

/** The defaults of the overlay module: its parameters, as the profile has them. */
export interface ModuleDefaults {
  readonly redirect: RedirectMode;
  /** What `redirect_dir=off` means. */
  readonly redirectOff: 'follow' | 'nofollow';
  readonly index: boolean;
  readonly nfsExport: boolean;
  readonly xino: XinoMode;
  readonly metacopy: boolean;
  /** The longest absolute redirect in bytes (R152). */
  readonly redirectMax: number;
}

const builtIn = {
  redirect_dir: 'N',
  redirect_always_follow: 'Y',
  redirect_max: '256',
  index: 'N',
  nfs_export: 'N',
  xino_auto: 'N',
  metacopy: 'N',
} as const;

/** Reads /sys/module/overlay/parameters of the profile; what is absent there is as in Linux's own configuration. */
export function moduleDefaults(profile: KernelProfile): ModuleDefaults {
  const parameters = profile.moduleParameters.overlay ?? {};
  const value = (name: keyof typeof builtIn): string => parameters[name] ?? builtIn[name];
  const isOn = (name: keyof typeof builtIn): boolean => value(name) === 'Y';
  const redirectOff = isOn('redirect_always_follow') ? 'follow' : 'nofollow';
  return {
    redirect: isOn('redirect_dir') ? 'on' : redirectOff,
    redirectOff,
    index: isOn('index'),
    nfsExport: isOn('nfs_export'),
    xino: isOn('xino_auto') ? 'auto' : 'off',
    metacopy: isOn('metacopy'),
    redirectMax: Number(value('redirect_max')),
  };
}

/** The options of a mount that names none. */
export function defaultConfig(defaults: ModuleDefaults): OverlayConfig {
  return {
    lowerdir: undefined,
    upperdir: undefined,
    workdir: undefined,
    defaultPermissions: false,
    redirect: defaults.redirect,
    index: defaults.index,
    uuid: 'auto',
    nfsExport: defaults.nfsExport,
    xino: defaults.xino,
    metacopy: defaults.metacopy,
    userxattr: false,
    verity: 'off',
    fsync: 'auto',
  };
}

/** Whether redirects are followed (ovl_redirect_follow). */
export function followsRedirects(config: OverlayConfig): boolean {
  return config.redirect !== 'nofollow';
}

/**
 * Whether layers may have been changed while they were not mounted (ovl_allow_offline_changes). Where one of the newer
 * features is on they may not, and then a new directory is made opaque at once (R115).
 */
export function allowsOfflineChanges(config: OverlayConfig): boolean {
  return !config.index && !config.metacopy && config.redirect !== 'on' && config.xino !== 'on';
}

/** What an overlay of a release does otherwise than one of an earlier one. */
export interface OverlaySupport {
  /** fsync=, of which `volatile` is then another name (R37). */
  readonly fsync: boolean;
  /** All whiteouts of a mount are links of one inode (R64). */
  readonly sharedWhiteouts: boolean;
}

export function overlaySupport(release: string): OverlaySupport {
  return { fsync: isAtLeast(release, optionSince.fsync), sharedWhiteouts: isAtLeast(release, '5.8') };
}

/** Since when root of a user namespace may mount an overlay (R194). */
export const userNamespaceSince: Release = '5.11';

/** The first release that has an option; those that are not here came with overlay itself or soon after. */
export const optionSince = {
  redirect_dir: '4.10',
  index: '4.13',
  nfs_export: '4.16',
  xino: '4.17',
  metacopy: '4.19',
  volatile: '5.10',
  userxattr: '5.11',
  uuid: '5.13',
  verity: '6.6',
  'lowerdir+': '6.7',
  'datadir+': '6.7',
  override_creds: '6.15',
  fsync: '6.18',
} as const satisfies Readonly<Record<string, Release>>;
