import { DriverError } from '../errors.ts';
import type { ByteStream } from '../driver.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import type { NaiveDiff } from './naive-diff.ts';

/** Says that a driver's own way of applying a diff is none for this layer (seed overlay.go: ErrApplyDiffFallback). */
export class ApplyDiffFallback extends DriverError {
  override readonly name = 'ApplyDiffFallback';
  constructor() {
    super('Fall back to normal ApplyDiff');
  }
}

/** A driver's own way of applying a diff; throws ApplyDiffFallback before it has read anything. */
export type OwnApplyDiff = (id: LayerId, parent: ParentId, diff: ByteStream) => Promise<number>;

/** The driver's own way, or the naive one where that falls back (seed overlay.go: NaiveDiffDriverWithApply). */
export async function applyDiffOrFallBack(
  own: OwnApplyDiff,
  naive: NaiveDiff,
  id: LayerId,
  parent: ParentId,
  diff: ByteStream,
): Promise<number> {
  try {
    return await own(id, parent, diff);
  } catch (error) {
    if (error instanceof ApplyDiffFallback) return naive.applyDiff(id, diff);
    throw error;
  }
}
