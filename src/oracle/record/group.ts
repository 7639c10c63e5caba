/** What sets the traces of a group apart: the options of the mount, and what its layers may hold. */
export interface Group {
  /** Mount options besides the layers. */
  readonly options: string;
  /** The layouts that its traces take. */
  readonly layouts: readonly Layout[];
  /** Where the marks of overlayfs are: `trusted.overlay.`, or `user.overlay.` with userxattr. */
  readonly prefix: 'trusted.overlay.' | 'user.overlay.';
  readonly upper: 'writable' | 'none';
  /** Whether the lower layer is an overlay of its own, mounted at /n. */
  readonly nested: boolean;
  /** Whether layers may have data-only layers below them, which metacopy files refer to. */
  readonly dataOnly: boolean;
  /** Whether inode numbers persist even where the layers lie on several filesystems. */
  readonly xino: boolean;
}

/** same: all layers on one filesystem; split: the upper on one, the lowers on another; multi: each on its own. */
export type Layout = 'same' | 'split' | 'multi';
export const layouts: readonly Layout[] = ['same', 'split', 'multi'];

const plain: Group = {
  options: '',
  layouts,
  prefix: 'trusted.overlay.',
  upper: 'writable',
  nested: false,
  dataOnly: false,
  xino: false,
};

/** The groups of the `random` suite by name. */
export const groups = {
  default: plain,
  'all-on': { ...plain, options: 'redirect_dir=on,index=on,metacopy=on' },
  'data-only': { ...plain, dataOnly: true },
  index: { ...plain, options: 'index=on' },
  metacopy: { ...plain, options: 'metacopy=on' },
  nested: { ...plain, nested: true },
  nfs_export: { ...plain, options: 'nfs_export=on' },
  nofollow: { ...plain, options: 'redirect_dir=nofollow' },
  readonly: { ...plain, upper: 'none' },
  redirect_dir: { ...plain, options: 'redirect_dir=on' },
  userxattr: { ...plain, options: 'userxattr', prefix: 'user.overlay.' },
  volatile: { ...plain, options: 'volatile' },
  xino: { ...plain, options: 'xino=on', layouts: ['split', 'multi'], xino: true },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof groups;
export const groupNames = Object.keys(groups) as readonly GroupName[];

export function isGroupName(name: string): name is GroupName {
  return Object.hasOwn(groups, name);
}

/** Options of the upper one of two nested overlays. */
export const nestedOptions: readonly string[] = ['redirect_dir=follow', 'redirect_dir=on', 'metacopy=on', 'index=on'];

/** A group with other mount options than its own; what depends on them follows. */
export function groupWith(name: GroupName, options: string | undefined): Group {
  if (options === undefined) return groups[name];
  const words = options.split(',');
  const prefix = words.includes('userxattr') ? 'user.overlay.' : 'trusted.overlay.';
  return { ...groups[name], options, prefix, xino: words.includes('xino=on') };
}
