import { isSystemError, type Host, type Path } from '../../host/index.ts';
import type { Durability } from '../driver.ts';
import type { DirectoryLock } from '../files/directory-lock.ts';
import type { IdMaps } from '../id-map.ts';
import type { LayerRecords } from '../image/layer-records.ts';
import type { LayerId } from '../layer-id.ts';
import { isSame, type Finding } from './finding.ts';

/** What a home is looked at with. It is not opened, so that nothing in it changes. */
export interface CheckInit {
  readonly host: Host;
  /** The driver's directory, which exists. */
  readonly home: Path;
  readonly durability: Durability;
  readonly idMaps: IdMaps;
  /** What is recorded of the archives that the layers were made of. */
  readonly records: LayerRecords;
  /** Takes what could not be mended, and why, one line each. */
  readonly warn: (message: string) => void;
}

/** A driver's home as its check sees it. Each driver has one, in `check.ts` of its folder. */
export interface CheckedHome {
  readonly lock: DirectoryLock;
  /** All layers, damaged ones among them. Runs under the lock. */
  readonly list: () => readonly LayerId[];
  /** Where a layer is. */
  readonly pathOf: (id: LayerId) => Path;
  /** All that is wrong in the home. Runs under the lock, and changes nothing. */
  readonly find: () => readonly Finding[];
  /** Clears away what crashes have left, as opening the driver does. */
  readonly clear: () => Promise<void>;
}

/** What a repair has come to. */
export interface Repair {
  readonly mended: readonly Finding[];
  /** What is still wrong. */
  readonly left: readonly Finding[];
}

/** Mending one thing may bring another to light; each round mends all that can be seen. */
const roundsMax = 8;

/**
 * Mends what can be mended so that no layer loses anything, and looks again. Each step is made under the home's lock on what is
 * there at that moment, and leaves the home as good as before or better, also when it is cut short.
 */
export async function repairHome(home: CheckedHome, warn: CheckInit['warn']): Promise<Repair> {
  const tried: Finding[] = [];
  let left: readonly Finding[] = [];
  for (let round = 1; round <= roundsMax; round += 1) {
    const found = await home.lock.run(() => mendAll(home.find(), warn));
    await home.clear();
    tried.push(...found.filter((each) => !tried.some((earlier) => isSame(earlier, each))));
    left = await home.lock.run(home.find);
    const isNew = (each: Finding): boolean => each.remedy !== undefined && !tried.some((other) => isSame(other, each));
    if (!left.some(isNew)) break;
  }
  return { mended: tried.filter((each) => !left.some((other) => isSame(other, each))), left };
}

function mendAll(findings: readonly Finding[], warn: CheckInit['warn']): readonly Finding[] {
  for (const { path, remedy } of findings) {
    if (remedy === undefined || remedy.by === 'clearing') continue;
    try {
      remedy.by();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      warn(`${path} could not be mended: ${error.message}`);
    }
  }
  return findings;
}
