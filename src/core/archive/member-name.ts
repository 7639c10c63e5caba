import { isName, type Name } from '../../host/index.ts';
import { quoted, Refusal } from './errors.ts';

/**
 * Names in a layer (OCI image-spec layer.md): `.wh.NAME` says that NAME of the layers below is gone, `.wh..wh..opq` that all
 * of the directory's content below is. Other names that begin with `.wh..wh.` are AUFS's own.
 */
export const whiteoutPrefix = '.wh.';
export const opaqueMarker = '.wh..wh..opq';
const aufsPrefix = '.wh..wh.';
/** Where AUFS keeps files whose names are hard links within a branch. */
export const aufsLinks = '.wh..wh.plnk';

/** What a member's name asks for. `parents` are the components above it. */
export type Asked =
  | { readonly kind: 'root' }
  | { readonly kind: 'member'; readonly parents: readonly Name[]; readonly name: Name }
  | { readonly kind: 'whiteout'; readonly parents: readonly Name[]; readonly name: Name }
  | { readonly kind: 'opaque'; readonly parents: readonly Name[] }
  | { readonly kind: 'aufs-link'; readonly name: Name }
  | { readonly kind: 'aufs' };

/**
 * The components of a name: `.` and empty ones dropped, `..` taking back the one before it, by the letter, as Docker's
 * path.Clean does. A leading slash is the root of the layer. A `..` above it is refused in a member's name (C1), and stays at
 * the root in a link's target, as with every tool.
 * @throws Refusal
 */
export function components(name: string, above: 'refuse' | 'stay'): Name[] {
  const parts: Name[] = [];
  // Not split, for which V8 calls its runtime.
  for (let at = 0; at < name.length;) {
    const slash = name.indexOf('/', at);
    const end = slash < 0 ? name.length : slash;
    const part = name.slice(at, end);
    at = end + 1;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.pop() === undefined && above === 'refuse')
        throw new Refusal(`the name ${quoted(name)} leaves the layer`);
    } else if (isName(part)) {
      parts.push(part);
    } else {
      throw new Refusal(`the name ${quoted(name)} has a NUL byte`);
    }
  }
  return parts;
}

/** What the name of a member asks for. @throws Refusal for names that nothing good can come of (C1, C2, C5, B0b). */
export function readMemberName(name: string): Asked {
  const parents = components(name, 'refuse');
  const last = parents.pop();
  if (last === undefined) {
    if (name.includes('..')) throw new Refusal(`the name ${quoted(name)} is the layer's root by a detour`);
    return { kind: 'root' };
  }
  return readWhiteout(parents, last, name);
}

function readWhiteout(parents: readonly Name[], last: Name, name: string): Asked {
  const marked = parents.findIndex((part) => part.startsWith(whiteoutPrefix));
  if (marked >= 0) return readBelowWhiteout(parents, marked, last, name);
  if (!last.startsWith(whiteoutPrefix)) return { kind: 'member', parents, name: last };
  if (last === opaqueMarker) return { kind: 'opaque', parents };
  if (last.startsWith(aufsPrefix)) return { kind: 'aufs' };
  const hidden = last.slice(whiteoutPrefix.length);
  if (!isName(hidden)) throw new Refusal(`the whiteout ${quoted(name)} names no file`);
  return { kind: 'whiteout', parents, name: hidden };
}

/** AUFS's own directories lie in the root; any other name below a whiteout cannot be a file's (C5). */
function readBelowWhiteout(parents: readonly Name[], marked: number, last: Name, name: string): Asked {
  const directory = parents[marked] ?? '';
  if (directory === opaqueMarker || !directory.startsWith(aufsPrefix)) {
    throw new Refusal(`the name ${quoted(name)} lies below a whiteout`);
  }
  const isLink = directory === aufsLinks && marked === 0 && parents.length === 1 && !last.startsWith(whiteoutPrefix);
  return isLink ? { kind: 'aufs-link', name: last } : { kind: 'aufs' };
}
