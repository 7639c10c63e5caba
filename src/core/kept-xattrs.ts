import { isPortable, type KeptXattrs } from './archive/pack/portable-xattrs.ts';
import type { Quirk } from './quirks.ts';

/**
 * Which extended attributes archives hold, comparisons see and copies carry: all that another host could read, or, as with
 * Docker, capabilities alone, so that what else containers set is lost (quirk capabilities-alone, moby#35699).
 */
export function keptXattrs(quirks: ReadonlySet<Quirk>): KeptXattrs {
  return quirks.has('capabilities-alone') ? isCapability : isPortable;
}

function isCapability(name: string): boolean {
  return name === 'security.capability';
}
