import { errno } from '../../host/errno.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { NO_PARAMETER, type FsContext, type FsParameter } from '../vfs/fs-context.ts';
import { fsParse, type ParameterSpec } from '../vfs/fs-parser.ts';
import { LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import { pathInode, type VfsPath } from '../vfs/mount.ts';
import { isAtLeast, type Release } from '../vfs/release.ts';
import {
  defaultConfig,
  moduleDefaults,
  optionSince,
  overlaySupport,
  type FsyncMode,
  type ModuleDefaults,
  type OverlaySupport,
  type OverlayConfig,
  type RedirectMode,
  type UuidMode,
  type VerityMode,
  type XinoMode,
} from './config.ts';
import { MAX_LAYERS, splitLowerdir, unescapeLayer } from './lowerdir.ts';
import { isOverlay } from './overlay-superblock.ts';
import type { NamedOptions } from './verify-config.ts';

type LayerOption = 'lowerdir' | 'lowerdir+' | 'datadir+' | 'upperdir' | 'workdir';

type Option =
  | LayerOption
  | 'default_permissions'
  | 'redirect_dir'
  | 'index'
  | 'uuid'
  | 'nfs_export'
  | 'userxattr'
  | 'xino'
  | 'metacopy'
  | 'verity'
  | 'fsync'
  | 'volatile'
  | 'override_creds';

const redirectModes: readonly RedirectMode[] = ['off', 'follow', 'nofollow', 'on'];
const uuidModes: readonly UuidMode[] = ['off', 'null', 'auto', 'on'];
const xinoModes: readonly XinoMode[] = ['off', 'auto', 'on'];
const verityModes: readonly VerityMode[] = ['off', 'on', 'require'];
const fsyncModes: readonly FsyncMode[] = ['volatile', 'auto', 'strict'];

function numbered(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(words.map((word, number) => [word, number]));
}

const offOn = numbered(['off', 'on']);

/** The options of the latest release (ovl_parameter_spec, R12); of these, R66, R67, R73: one layer at a time, by either API. */
const allOptions: readonly ParameterSpec<Option>[] = [
  { name: 'lowerdir', option: 'lowerdir', type: 'string', canBeEmpty: true },
  { name: 'upperdir', option: 'upperdir', type: 'file-or-string' },
  { name: 'workdir', option: 'workdir', type: 'file-or-string' },
  { name: 'default_permissions', option: 'default_permissions', type: 'flag' },
  { name: 'redirect_dir', option: 'redirect_dir', type: 'enum', values: numbered(redirectModes) },
  { name: 'index', option: 'index', type: 'enum', values: offOn },
  { name: 'uuid', option: 'uuid', type: 'enum', values: numbered(uuidModes) },
  { name: 'nfs_export', option: 'nfs_export', type: 'enum', values: offOn },
  { name: 'userxattr', option: 'userxattr', type: 'flag' },
  { name: 'xino', option: 'xino', type: 'enum', values: numbered(xinoModes) },
  { name: 'metacopy', option: 'metacopy', type: 'enum', values: offOn },
  { name: 'verity', option: 'verity', type: 'enum', values: numbered(verityModes) },
  { name: 'volatile', option: 'volatile', type: 'flag' },
  { name: 'override_creds', option: 'override_creds', type: 'flag', negatable: true },
  { name: 'lowerdir+', option: 'lowerdir+', type: 'file-or-string' },
  { name: 'datadir+', option: 'datadir+', type: 'file-or-string' },
  { name: 'fsync', option: 'fsync', type: 'enum', values: numbered(fsyncModes) },
];

function optionsOf(release: string): readonly ParameterSpec<Option>[] {
  const since: Readonly<Partial<Record<string, Release>>> = optionSince;
  return allOptions.filter(({ name }) => isAtLeast(release, since[name] ?? '0.0'));
}

/** A layer directory that was named: as spelled, and where that leads. */
export interface NamedLayer {
  readonly name: string;
  readonly path: VfsPath;
}

/** The description of an overlay mount as its options make it (struct ovl_fs_context), before any layer is touched. */
export class OverlayParameters {
  readonly config: OverlayConfig;
  readonly defaults: ModuleDefaults;
  readonly support: OverlaySupport;
  readonly named: NamedOptions = { redirect: false, index: false, nfsExport: false, metacopy: false };
  /** Lower layers from the top down, data-only ones last. */
  readonly lower: NamedLayer[] = [];
  /** How many of them are data-only. */
  dataLayers = 0;
  upper: VfsPath | undefined;
  work: VfsPath | undefined;
  /** The credentials of `override_creds`, instead of those of the mount (R45). */
  creator: Credentials | undefined;
  readonly #options: readonly ParameterSpec<Option>[];

  constructor(context: FsContext) {
    const { profile } = context.kernel;
    this.defaults = moduleDefaults(profile);
    this.config = defaultConfig(this.defaults);
    this.support = overlaySupport(profile.release);
    this.#options = optionsOf(profile.release);
  }

  /** Takes one option; a later one of the same name wins (R15). Answers 0 or a negative errno. */
  parse(context: FsContext, parameter: FsParameter): number {
    const parsed = fsParse(context, this.#options, parameter);
    if (typeof parsed === 'number') return parsed === NO_PARAMETER ? NO_PARAMETER : parsed;
    const { option, number } = parsed;
    switch (option) {
      case 'lowerdir':
        return this.#parseLowerdir(context, parameter.type === 'string' ? parameter.string : '');
      case 'lowerdir+':
      case 'datadir+':
      case 'upperdir':
      case 'workdir':
        return this.#parseLayer(context, option, parameter);
      case 'override_creds':
        this.creator = parsed.negated ? undefined : context.cred;
        return 0;
      default:
        this.#setMode(option, number);
        return 0;
    }
  }

  #setMode(option: Exclude<Option, LayerOption | 'override_creds'>, number: number): void {
    const { config, named } = this;
    switch (option) {
      case 'default_permissions':
        config.defaultPermissions = true;
        break;
      case 'redirect_dir':
        config.redirect = redirectModes[number] ?? config.redirect;
        if (config.redirect === 'off') config.redirect = this.defaults.redirectOff;
        named.redirect = true;
        break;
      case 'index':
        config.index = number === 1;
        named.index = true;
        break;
      case 'uuid':
        config.uuid = uuidModes[number] ?? config.uuid;
        break;
      case 'nfs_export':
        config.nfsExport = number === 1;
        named.nfsExport = true;
        break;
      case 'userxattr':
        config.userxattr = true;
        break;
      case 'xino':
        config.xino = xinoModes[number] ?? config.xino;
        break;
      case 'metacopy':
        config.metacopy = number === 1;
        named.metacopy = true;
        break;
      case 'verity':
        config.verity = verityModes[number] ?? config.verity;
        break;
      case 'fsync':
        config.fsync = fsyncModes[number] ?? config.fsync;
        break;
      case 'volatile':
        config.fsync = 'volatile';
        break;
    }
  }

  /** R15, R16, R68: the list replaces all lower layers; an empty one only takes them away. */
  #parseLowerdir(context: FsContext, value: string): number {
    this.config.lowerdir = undefined;
    this.lower.length = 0;
    this.dataLayers = 0;
    if (value === '') return 0;
    if (value.startsWith(':')) return refuse(context, 'cannot append lower layer');
    this.config.lowerdir = value;
    const names = splitLowerdir(value);
    if (typeof names === 'string') return refuse(context, names);
    if (names.length > MAX_LAYERS) return refuse(context, tooManyLayers);
    for (const { name, data } of names) {
      if (!data && this.dataLayers > 0) return refuse(context, 'regular lower layers cannot follow data lower layers');
      const path = resolveLayer(context, unescapeLayer(name));
      if (typeof path === 'number') return path;
      const answer = this.#addLayer(context, 'lowerdir', { name, path });
      if (answer < 0) return answer;
      if (data) this.dataLayers += 1;
    }
    return 0;
  }

  #parseLayer(context: FsContext, option: LayerOption, parameter: FsParameter): number {
    if (parameter.type === 'flag') return -errno.EINVAL;
    if (parameter.type === 'file') {
      const path: VfsPath = { mount: parameter.file.mount, dentry: parameter.file.dentry };
      return this.#addLayer(context, option, { name: context.kernel.dPath(path), path });
    }
    const name = parameter.string;
    const path = resolveLayer(context, isAppended(option) ? name : unescapeLayer(name));
    return typeof path === 'number' ? path : this.#addLayer(context, option, { name, path });
  }

  #addLayer(context: FsContext, option: LayerOption, layer: NamedLayer): number {
    const answer = this.#checkLayer(context, option, layer);
    if (answer < 0) return answer;
    if (option === 'upperdir') {
      this.config.upperdir = layer.name;
      this.upper = layer.path;
    } else if (option === 'workdir') {
      this.config.workdir = layer.name;
      this.work = layer.path;
    } else {
      this.lower.push(layer);
      if (option === 'datadir+') this.dataLayers += 1;
    }
    return 0;
  }

  /** R9, R25, R58, R68, R69, R72 (ovl_mount_dir_check). */
  #checkLayer(context: FsContext, option: LayerOption, { name, path }: NamedLayer): number {
    if (!pathInode(path).isDirectory) return context.invalid(`${name} is not a directory`);
    if (option === 'upperdir' || option === 'workdir') {
      if (isOverlay(path.dentry.sb)) return context.invalid(`filesystem on ${name} not supported as upperdir`);
      const readOnly = path.mount.readOnly || path.mount.sb.readOnly;
      return readOnly ? context.invalid(`filesystem on ${name} is read-only`) : 0;
    }
    if (this.config.lowerdir !== undefined && option !== 'lowerdir') {
      return context.invalid('lowerdir+ and datadir+ cannot follow lowerdir');
    }
    if (this.dataLayers > 0 && option === 'lowerdir+') {
      return context.invalid('regular lower layers cannot follow data layers');
    }
    return this.lower.length === MAX_LAYERS ? context.invalid(tooManyLayers) : 0;
  }
}

const tooManyLayers = `too many lower directories, limit is ${MAX_LAYERS}`;

/** R70: the values of lowerdir+ and datadir+ have no escapes. */
function isAppended(option: LayerOption): boolean {
  return option === 'lowerdir+' || option === 'datadir+';
}

/** R8, R10, R11. */
function resolveLayer(context: FsContext, name: string): VfsPath | number {
  if (name === '') return refuse(context, 'empty lowerdir');
  const path = context.kernel.kernPath(name, LOOKUP_FOLLOW);
  if (typeof path === 'number') context.kernel.log(`overlayfs: failed to resolve '${name}': ${path}`);
  return path;
}

function refuse(context: FsContext, message: string): number {
  context.kernel.log(`overlayfs: ${message}`);
  return -errno.EINVAL;
}
