import { DriverError } from './errors.ts';

/**
 * Historic faults that somebody may need to reproduce, each off unless it is asked for. docs/quirks.md says what each does;
 * the comments here say where that is known from (graph-drivers.md unless another document is named).
 */
export const quirkNames = [
  // The choice of a driver: 1.0.1.
  'ignore-prior-state',
  'bare-root',
  'priority-2014',
  'priority-2016',
  'priority-2020',
  // overlay: 1.1; section 5, row 11.
  'write-through-links',
  'fail-at-link-limit',
  'lose-directory-times',
  'split-copied-links',
  'stack-mounts',
  // overlay2: 1.2.
  'leak-links',
  'forget-links',
  'cut-lower',
  'full-page',
  'walk-upper',
  // aufs: 1.3, 2.7.
  'cache-paths',
  'walk-branches',
  'ignore-parent',
  // aufs and vfs: 1.3, 1.4; overlay and vfs: 1.1, 1.4.
  'keep-failed-layers',
  'sockets-as-fifos',
  // Archives: 2.2, 2.4; layer-rules.md A1, A3 to A5, B2.
  'ordered-whiteouts',
  'private-implied-directories',
  // Attributes and ids, in archives and elsewhere: 2.5, 2.6; 1.0.3.
  'capabilities-alone',
  'keep-host-root',
  // The naive differ: 1.5, 2.6.
  'trust-times',
  'unmapped-whole-diff',
] as const;

export type Quirk = (typeof quirkNames)[number];

/** None of them. */
export const noQuirks: ReadonlySet<Quirk> = new Set();

/** The quirks of releases, by the names of the releases. */
export const quirkProfiles: Readonly<Record<string, readonly Quirk[]>> = {
  'docker-1.10': [
    'bare-root',
    'priority-2016',
    'write-through-links',
    'fail-at-link-limit',
    'lose-directory-times',
    'split-copied-links',
    'stack-mounts',
    'walk-branches',
    'ignore-parent',
    'keep-failed-layers',
    'sockets-as-fifos',
    'ordered-whiteouts',
    'private-implied-directories',
    'capabilities-alone',
    'keep-host-root',
    'trust-times',
    'unmapped-whole-diff',
  ],
  'docker-20.10': [
    'priority-2020',
    'write-through-links',
    'fail-at-link-limit',
    'leak-links',
    'cut-lower',
    'cache-paths',
    'walk-branches',
    'keep-failed-layers',
    'sockets-as-fifos',
    'ordered-whiteouts',
    'private-implied-directories',
    'capabilities-alone',
    'keep-host-root',
    'trust-times',
    'unmapped-whole-diff',
  ],
  moby: [
    'leak-links',
    'cut-lower',
    'keep-failed-layers',
    'sockets-as-fifos',
    'ordered-whiteouts',
    'capabilities-alone',
    'keep-host-root',
    'trust-times',
    'unmapped-whole-diff',
  ],
};

/** The quirks that names of quirks and of releases stand for. @throws DriverError for any other name */
export function quirksNamed(names: readonly string[]): readonly Quirk[] {
  return [...new Set(names.flatMap(quirksOf))];
}

function quirksOf(name: string): readonly Quirk[] {
  const quirk = quirkNames.find((each) => each === name);
  if (quirk !== undefined) return [quirk];
  if (Object.hasOwn(quirkProfiles, name)) return quirkProfiles[name] ?? [];
  const known = [...quirkNames, ...Object.keys(quirkProfiles)].join(', ');
  throw new DriverError(`there is no quirk ${JSON.stringify(name)}; there are ${known}`);
}
