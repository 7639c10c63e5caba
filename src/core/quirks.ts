import { DriverError } from './errors.ts';

/**
 * Historic faults that somebody may need to reproduce, each off unless it is asked for.
 *
 * - `ignore-prior-state`: the choice does not look at which drivers have layers under the root (seed driver.go).
 * - `bare-root`: drivers outside the priority list are opened on the root itself rather than on `<root>/<name>` (seed
 *   driver.go; corrected in Docker by moby ed6e33eede, March 2016).
 * - `write-through-links`: overlay gives a hard link of an archive the owner, mode and time that the archive says, though the
 *   file is the parent's as well, and changes it there (graph-drivers.md 1.1).
 */
export const quirkNames = ['ignore-prior-state', 'bare-root', 'write-through-links'] as const;

export type Quirk = (typeof quirkNames)[number];

/** The quirks of releases, by the names of the releases. */
export const quirkProfiles: Readonly<Record<string, readonly Quirk[]>> = {
  'docker-1.10': ['bare-root', 'write-through-links'],
  'docker-20.10': ['write-through-links'],
  moby: [],
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
