import { XATTR_NAME_MAX } from '../../host/constants.ts';

/** The attributes that overlay keeps for itself on the objects of its layers. */
export type PrivateXattr =
  'opaque' | 'redirect' | 'origin' | 'impure' | 'nlink' | 'upper' | 'uuid' | 'metacopy' | 'whiteout' | 'protattr';

const escape = 'overlay.';

/**
 * The names of overlay's private attributes under one prefix, and the escaping of attributes that only look like them
 * (R170, R171, R192). Without a mark of the other prefix a directory is as any (R193). An overlay shows the outer one its marks
 * with one escape less (R199), and its own not at all (R200).
 */
export class PrivateXattrNames {
  readonly prefix: 'trusted.overlay.' | 'user.overlay.';
  /** The private attributes by their full names. */
  readonly names: Readonly<Record<PrivateXattr, string>>;
  readonly #escapedPrefix: string;

  constructor(prefix: 'trusted.overlay.' | 'user.overlay.') {
    this.prefix = prefix;
    this.#escapedPrefix = prefix + escape;
    this.names = {
      opaque: `${prefix}opaque`,
      redirect: `${prefix}redirect`,
      origin: `${prefix}origin`,
      impure: `${prefix}impure`,
      nlink: `${prefix}nlink`,
      upper: `${prefix}upper`,
      uuid: `${prefix}uuid`,
      metacopy: `${prefix}metacopy`,
      whiteout: `${prefix}whiteout`,
      protattr: `${prefix}protattr`,
    };
  }

  /** Whether a name in a layer is overlay's own: not shown, and not copied up (ovl_is_private_xattr, R95, R170). */
  isPrivate(layerName: string): boolean {
    return layerName.startsWith(this.prefix) && !layerName.startsWith(this.#escapedPrefix);
  }

  /** Whether a name of the merged view must be escaped in the layers. */
  isOwn(name: string): boolean {
    return name.startsWith(this.prefix);
  }

  /** The name in the layers of an own name in the merged view, `undefined` where it becomes too long (R171). */
  escape(name: string): string | undefined {
    if (name.length + escape.length > XATTR_NAME_MAX) return undefined;
    return this.#escapedPrefix + name.slice(this.prefix.length);
  }

  /** The name in the merged view of a name in the layers that is not private. */
  unescape(layerName: string): string {
    if (!layerName.startsWith(this.#escapedPrefix)) return layerName;
    return this.prefix + layerName.slice(this.#escapedPrefix.length);
  }
}

/** Private attributes of a mount by root, and of one with `userxattr` (R192). */
export const trustedXattrNames = new PrivateXattrNames('trusted.overlay.');
export const userXattrNames = new PrivateXattrNames('user.overlay.');
