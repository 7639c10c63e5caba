import { errno, NAME_MAX, pathFromText, SystemError, type Name } from '../host/index.ts';

declare const layerIdBrand: unique symbol;

/** The name of a layer within one driver: one component of a path in plain ASCII, as `layerId` admits it. */
export type LayerId = Name & { readonly [layerIdBrand]: true };

/** The parent of a layer; `''` is none (seed driver.go: "Parent may be ''"). */
export type ParentId = LayerId | '';

/** An id that cannot name a layer. The text says why. */
export class InvalidLayerIdError extends SystemError {
  constructor(id: string, why: string) {
    super(errno.EINVAL, 'layer id', pathFromText(id));
    this.message = `invalid layer id ${JSON.stringify(id)}: ${why}; an id is a file name of at most ${NAME_MAX} bytes`;
  }
}

/** Names beside the layers in a driver's home that no layer may take. */
const reserved = new Set(['l', 'backingFsBlockDev']);

/**
 * Admits a text as the id of a layer. Refused are the empty text, `.`, `..`, names that begin with a dot (they are for
 * what drivers build aside), `/`, what is not printable ASCII (so that an id is the same as text and as bytes), what
 * mount options cannot carry plainly, what is longer than a file name, and names that drivers use.
 * @throws InvalidLayerIdError
 */
export function layerId(text: string): LayerId {
  if (text === '') throw new InvalidLayerIdError(text, 'it is empty');
  if (text.includes('/')) throw new InvalidLayerIdError(text, 'it has a slash');
  if (text.startsWith('.')) throw new InvalidLayerIdError(text, 'it begins with a dot');
  if (!printableAscii.test(text)) throw new InvalidLayerIdError(text, 'it is not printable ASCII');
  if (text.includes(':') || text.includes(',') || text.includes('\\')) {
    throw new InvalidLayerIdError(text, 'it has a colon, comma or backslash, which mount options cannot carry plainly');
  }
  if (text.length > NAME_MAX) throw new InvalidLayerIdError(text, 'it is too long');
  if (reserved.has(text)) throw new InvalidLayerIdError(text, 'the driver itself uses that name');
  return text as LayerId;
}

const printableAscii = /^[\x20-\x7e]+$/;

/** Whether a name in a driver's home can be a layer's. */
export function isLayerId(name: string): name is LayerId {
  try {
    layerId(name);
    return true;
  } catch {
    return false;
  }
}

/** Admits the id of a parent: a layer's id or `''`. @throws InvalidLayerIdError */
export function parentId(text: string): ParentId {
  return text === '' ? '' : layerId(text);
}
