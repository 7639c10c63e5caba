import { errno, NAME_MAX, pathFromText, SystemError } from '../host/index.ts';

declare const layerIdBrand: unique symbol;

/** The name of a layer within one driver: one component of a path, as `layerId` admits it. */
export type LayerId = string & { readonly [layerIdBrand]: true };

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
 * what drivers build aside), `/`, control characters, what is longer than a file name, and names that drivers use.
 * @throws InvalidLayerIdError
 */
export function layerId(text: string): LayerId {
  if (text === '') throw new InvalidLayerIdError(text, 'it is empty');
  if (text.includes('/')) throw new InvalidLayerIdError(text, 'it has a slash');
  if (text.startsWith('.')) throw new InvalidLayerIdError(text, 'it begins with a dot');
  if (controlCharacter.test(text)) throw new InvalidLayerIdError(text, 'it has a control character');
  if (text.includes(':') || text.includes(',') || text.includes('\\')) {
    throw new InvalidLayerIdError(text, 'it has a colon, comma or backslash, which mount options cannot carry plainly');
  }
  if (pathFromText(text).length > NAME_MAX) throw new InvalidLayerIdError(text, 'it is too long');
  if (reserved.has(text)) throw new InvalidLayerIdError(text, 'the driver itself uses that name');
  return text as LayerId;
}

const controlCharacter = /[\x00-\x1f\x7f]/;

/** Admits the id of a parent: a layer's id or `''`. @throws InvalidLayerIdError */
export function parentId(text: string): ParentId {
  return text === '' ? '' : layerId(text);
}
