import type { Path } from '../../host/index.ts';
import type { ParentId } from '../layer-id.ts';

/** What can be wrong below a root, for programs that read it. */
export type FindingKind =
  /** Something built, deleted or tried aside, of which nobody is in charge any more. */
  | 'leftover'
  /** A count of holders of which the mount is gone, or the boot. */
  | 'void-count'
  /** A mount that is no layer's view, or covers one. */
  | 'stray-mount'
  /** Something that no driver puts there. */
  | 'stray'
  /** A name in `l/`, or a file `link`, without its other half. */
  | 'link'
  /** What says which layers lie below is missing or wrong, or they are. */
  | 'lower'
  /** A part of a layer is missing. */
  | 'part'
  /** What is recorded of an archive has no layer, or a loaded layer no record. */
  | 'record';

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** The layer that it is about; `''` where it is about none. */
  readonly layer: ParentId;
  readonly path: Path;
  /** A sentence's part: what is wrong at the path. */
  readonly what: string;
  /** How it can be mended so that no layer loses anything; without one somebody has to look. */
  readonly remedy: Remedy | undefined;
}

/**
 * What mends a finding. `clearing`: what clears away after crashes, as at each opening of the driver. Otherwise a step that is
 * run under the home's lock, right after the finding was made.
 */
export interface Remedy {
  /** What it does, as an order: `remove it`. */
  readonly words: string;
  readonly by: 'clearing' | (() => void);
}

/** A finding that only people can mend. */
export function unmendable(kind: FindingKind, layer: ParentId, path: Path, what: string): Finding {
  return { kind, layer, path, what, remedy: undefined };
}

/** Whether two findings are about the same thing. */
export function isSame(one: Finding, other: Finding): boolean {
  return one.kind === other.kind && one.layer === other.layer && one.path === other.path;
}
