import { textFromPath } from '../../src/host/index.ts';
import type { View } from './view.ts';

/**
 * What of a view all drivers show alike: everything but the times of directories, which a naive diff does not carry over, and
 * the time of what an edit made without setting one, which is that of the machine's clock.
 */
export function comparable(view: View): Readonly<Record<string, unknown>> {
  const nodes = [...view]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, node]) => {
      const timeless = node.type === 'directory' || (node.mtime ?? 0) > latestGiven;
      return [textFromPath(path), timeless ? { ...node, mtime: undefined } : node] as const;
    });
  return Object.fromEntries(nodes);
}

/** The latest time that layers and edits give, in seconds. */
const latestGiven = 1_700_000_001;
