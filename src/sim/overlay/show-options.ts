import type { ModuleDefaults, OverlaySupport, OverlayConfig } from './config.ts';

/** What mountinfo shows of a mount besides its options. */
export interface ShownLayers {
  /** The regular and the data-only lower layers as they were given. */
  readonly lower: readonly string[];
  readonly data: readonly string[];
  readonly onOneFilesystem: boolean;
}

/** The options in mountinfo: the directories as given, and what differs from the module's defaults (ovl_show_options). */
export function showOptions(
  config: OverlayConfig,
  layers: ShownLayers,
  defaults: ModuleDefaults,
  support: OverlaySupport,
): string {
  let shown = showLayers(config, layers);
  if (config.defaultPermissions) shown += ',default_permissions';
  if (config.redirect !== defaults.redirect) shown += `,redirect_dir=${config.redirect}`;
  if (config.index !== defaults.index) shown += `,index=${onOff(config.index)}`;
  if (config.uuid !== 'auto') shown += `,uuid=${config.uuid}`;
  if (config.nfsExport !== defaults.nfsExport) shown += `,nfs_export=${onOff(config.nfsExport)}`;
  if (config.xino !== defaults.xino && !layers.onOneFilesystem) shown += `,xino=${config.xino}`;
  if (config.metacopy !== defaults.metacopy) shown += `,metacopy=${onOff(config.metacopy)}`;
  shown += showFsync(config, support);
  if (config.userxattr) shown += ',userxattr';
  if (config.verity !== 'off') shown += `,verity=${config.verity}`;
  return shown;
}

/** R1, R17, R66: one list, or one option a layer, as they came. */
function showLayers(config: OverlayConfig, { lower, data }: ShownLayers): string {
  let shown = '';
  if (config.lowerdir !== undefined) shown += showOption('lowerdir', config.lowerdir);
  else {
    for (const name of lower) shown += showOption('lowerdir+', name);
    for (const name of data) shown += showOption('datadir+', name);
  }
  if (config.upperdir !== undefined) shown += showOption('upperdir', config.upperdir);
  if (config.upperdir !== undefined && config.workdir !== undefined) shown += showOption('workdir', config.workdir);
  return shown;
}

/** R37. */
function showFsync({ fsync }: OverlayConfig, support: OverlaySupport): string {
  if (fsync === 'auto') return '';
  return support.fsync ? `,fsync=${fsync}` : ',volatile';
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

/** seq_show_option: what would end the option or the field is written in octal (R17). */
function showOption(name: string, value: string): string {
  const escaped = value.replace(
    /[, \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `,${name}=${escaped}`;
}
