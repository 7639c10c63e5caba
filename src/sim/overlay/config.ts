import type { KernelProfile } from '../vfs/kernel.ts';

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

/** Which options of this kernel came with later releases than the oldest that the simulator imitates. */
export interface OptionSupport {
  /** lowerdir+ and datadir+ (Linux 6.7). */
  readonly appendedLayers: boolean;
  /** fsync=, of which `volatile` is then another name (Linux 6.18, R37). */
  readonly fsync: boolean;
}

export function optionSupport(release: string): OptionSupport {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  const isAtLeast = (wantedMajor: number, wantedMinor: number): boolean =>
    major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return { appendedLayers: isAtLeast(6, 7), fsync: isAtLeast(6, 18) };
}
