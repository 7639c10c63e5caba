import { parsePermission, type BranchPermission } from './branch.ts';

/** How a union behaves. */
export interface AufsOptions {
  /**
   * Where the file of inode numbers is made, and removed again at once; without a path aufs chooses a place. `undefined`
   * where numbers are not kept (noxino).
   */
  readonly xino: { readonly path: string | undefined } | undefined;
  /** Whether links of files that were copied up stay links (pseudo-links). */
  readonly plink: boolean;
  /** Whether files may be opened with O_DIRECT. */
  readonly dio: boolean;
  /** Whether only the topmost of a directory's branches decides who may use it. */
  readonly dirperm1: boolean;
  /** Whether changes of branches that were not made through the union are looked for. */
  readonly udba: 'reval' | 'none';
  /** Whether the POSIX ACLs of the branches can be seen and set. */
  readonly acl: boolean;
}

export const defaultOptions: AufsOptions = {
  xino: { path: undefined },
  plink: true,
  dio: false,
  dirperm1: false,
  udba: 'reval',
  acl: false,
};

/** A branch as an option names it. */
export interface BranchOption {
  readonly path: string;
  /** `undefined` where the option says nothing, or a word that means nothing. */
  readonly permission: BranchPermission | undefined;
}

/** What the data of a mount or remount asks for. */
export interface ParsedOptions {
  /** In the order of the union, to be added below those that are there. */
  readonly branches: readonly BranchOption[];
  readonly changes: Partial<AufsOptions>;
  /** A word that is no option, if one was met. */
  readonly unknown: string | undefined;
}

const flags = new Map<string, Partial<AufsOptions>>([
  ['noxino', { xino: undefined }],
  ['plink', { plink: true }],
  ['noplink', { plink: false }],
  ['dio', { dio: true }],
  ['nodio', { dio: false }],
  ['dirperm1', { dirperm1: true }],
  ['nodirperm1', { dirperm1: false }],
  ['udba=reval', { udba: 'reval' }],
  ['udba=none', { udba: 'none' }],
  ['acl', { acl: true }],
  ['noacl', { acl: false }],
]);

/**
 * The options between the commas of `data`. The first empty word ends them: what follows two commas is not looked at.
 * `append:` comes alone in a remount, where branches are named by nothing else.
 */
export function parseOptions(data: string, when: 'mount' | 'remount'): ParsedOptions {
  const words = data.split(',');
  const end = words.indexOf('');
  const branches: BranchOption[] = [];
  let changes: Partial<AufsOptions> = {};
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const added = branchesOf(word, when);
    const change = changeOf(word, when);
    if (added !== undefined) branches.push(...added);
    else if (change !== undefined) changes = { ...changes, ...change };
    else return { branches, changes, unknown: word };
  }
  return { branches, changes, unknown: undefined };
}

function branchesOf(word: string, when: 'mount' | 'remount'): readonly BranchOption[] | undefined {
  const appended = valueOf(word, ['append:', 'append=']);
  if (appended !== undefined) return [branchOf(appended)];
  const listed = when === 'mount' ? valueOf(word, ['br:', 'br=', 'dirs=']) : undefined;
  if (listed === undefined) return undefined;
  const paths = listed.split(':');
  const end = paths.indexOf('');
  return (end < 0 ? paths : paths.slice(0, end)).map(branchOf);
}

function branchOf(text: string): BranchOption {
  const equals = text.indexOf('=');
  if (equals < 0) return { path: text, permission: undefined };
  return { path: text.slice(0, equals), permission: parsePermission(text.slice(equals + 1)) };
}

function changeOf(word: string, when: 'mount' | 'remount'): Partial<AufsOptions> | undefined {
  const path = valueOf(word, ['xino=']);
  const change = path === undefined ? flags.get(word) : { xino: { path } };
  return when === 'remount' && change !== undefined && 'xino' in change ? undefined : change;
}

function valueOf(word: string, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((each) => word.startsWith(each));
  return prefix === undefined ? undefined : word.slice(prefix.length);
}

/** What mountinfo shows: only what is not the default. Branches are not among it: they are in /sys/fs/aufs/si_ID. */
export function showOptions(options: AufsOptions, si: string): string {
  const shown = [
    ...(options.acl ? ['acl'] : []),
    `si=${si}`,
    ...(options.xino === undefined ? ['noxino'] : []),
    ...(options.udba === 'none' ? ['udba=none'] : []),
    ...(options.plink ? [] : ['noplink']),
    ...(options.dio ? ['dio'] : []),
    ...(options.dirperm1 ? ['dirperm1'] : []),
  ];
  return shown.map((word) => `,${word}`).join('');
}
