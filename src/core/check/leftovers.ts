import { join, type Host, type Path } from '../../host/index.ts';
import { removingPrefix } from '../files/removing.ts';
import { Staging } from '../files/staging.ts';
import type { ParentId } from '../layer-id.ts';
import type { Finding, Remedy } from './finding.ts';

/** What is done with whatever crashes have left. */
export const clearedAway: Remedy = { words: 'remove it', by: 'clearing' };

/** Directories in which something was built or tried aside, and whose maker has ended. */
export function abandoned(host: Host, parent: Path, what: string, prefix?: string): readonly Finding[] {
  return Staging.abandoned(host, parent, prefix).map((path) => leftover(path, what));
}

/** What is being deleted. That somebody may still be at it cannot be seen. */
export function halfRemoved(host: Host, directory: Path): readonly Finding[] {
  const names = host.fs.readdir(directory).map(({ name }) => name);
  return names
    .filter((name) => name.startsWith(removingPrefix))
    .map((name) => leftover(join(directory, name), 'a removal was cut short, or is under way'));
}

export function leftover(path: Path, what: string, layer: ParentId = ''): Finding {
  return { kind: 'leftover', layer, path, what, remedy: clearedAway };
}
