import type { KeptXattrs } from '../archive/pack/portable-xattrs.ts';
import { keptXattrs } from '../kept-xattrs.ts';
import type { Quirk } from '../quirks.ts';

/** What counts as a change. */
export interface ComparisonRules {
  /** What equal sizes at equal times are: compared by content, or the same unseen, as with Docker. */
  readonly ties: 'compare' | 'same';
  /** Which extended attributes count: those that archives keep. */
  readonly keeps: KeptXattrs;
}

/** The rules that the quirks ask for. */
export function comparisonRules(quirks: ReadonlySet<Quirk>): ComparisonRules {
  return { ties: quirks.has('trust-times') ? 'same' : 'compare', keeps: keptXattrs(quirks) };
}
