/**
 * Names and paths are bytes to Linux, so here they are byte strings: JavaScript strings in which every character stands
 * for one byte (0x00 to 0xFF). They compare and sort as bytes, `length` is the length the kernel counts, and no name is
 * lost that is not UTF-8. Text becomes a path at the border with `pathFromText`, and a path text with `textFromPath`.
 */

declare const pathBrand: unique symbol;
declare const nameBrand: unique symbol;

/** A path as the kernel takes it: a byte string, absolute or relative. */
export type Path = string & { readonly [pathBrand]: true };

/** One component of a path: a byte string without `/` and NUL, neither empty nor `.` nor `..`. */
export type Name = Path & { readonly [nameBrand]: true };

/** The longest path, with its final NUL, that a system call takes. */
export const PATH_MAX = 4096;
/** The longest name of a directory entry, in bytes. */
export const NAME_MAX = 255;

/** Whether `bytes` can be one component of a path. */
export function isName(bytes: string): bytes is Name {
  return bytes !== '' && bytes !== '.' && bytes !== '..' && !bytes.includes('/') && !bytes.includes('\0');
}

/** `base/part/part…`, without a doubled slash after `base`. The parts are byte strings. */
export function join(base: Path, ...parts: readonly string[]): Path {
  let joined: string = base;
  // The parts are looked at, and not what they were joined to, which V8 would have to copy for that.
  let open = base === '' || base.endsWith('/');
  for (const part of parts) {
    joined = open ? joined + part : `${joined}/${part}`;
    open = part === '' || part.endsWith('/');
  }
  return joined as Path;
}

/** Everything before the last component: `/` for `/a`, `.` for `a`. */
export function dirname(path: Path): Path {
  const end = lastComponentEnd(path);
  const slash = path.lastIndexOf('/', end - 1);
  if (slash < 0) return '.' as Path;
  let start = slash;
  while (start > 0 && path[start - 1] === '/') start -= 1;
  return (start === 0 ? '/' : path.slice(0, start)) as Path;
}

/** The last component of a path, trailing slashes aside. */
export function basename(path: Path): Path {
  const end = lastComponentEnd(path);
  if (end === 1) return path.slice(0, 1) as Path;
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end) as Path;
}

function lastComponentEnd(path: Path): number {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return end;
}

const firstEscape = 0xdc80;
const lastEscape = 0xdcff;

/**
 * The bytes of a text in UTF-8. U+DC80 to U+DCFF stand for the bytes 0x80 to 0xFF (Python's surrogate escapes), so that
 * `pathFromText(textFromPath(p))` is `p` for every path.
 */
export function pathFromText(text: string): Path {
  if (isAscii(text)) return text as Path;
  let bytes = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= firstEscape && code <= lastEscape) bytes += String.fromCharCode(code - 0xdc00);
    else bytes += Buffer.from(character, 'utf8').toString('latin1');
  }
  return bytes as Path;
}

/** The text of a path: UTF-8 decoded, every byte that is not part of valid UTF-8 as U+DC80 to U+DCFF. */
export function textFromPath(path: string): string {
  if (isAscii(path)) return path;
  const bytes = Buffer.from(path, 'latin1');
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeWithEscapes(bytes);
  }
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeWithEscapes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = validSequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at += 1;
    } else {
      text += strictDecoder.decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** The length of the valid UTF-8 sequence that starts at `at`, 0 where there is none. */
function validSequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

const ascii = /^[\x00-\x7f]*$/;

function isAscii(text: string): boolean {
  return ascii.test(text);
}
