import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, DT_DIR, DT_UNKNOWN } from '../host/constants.ts';
import { isDirectory, statBuffer } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { directoryEntries } from './entries.ts';
import type { Json, JsonObject } from './schema.ts';
import { modeOf } from './stat-result.ts';

/**
 * The file handles of the objects in all layers that a trace has mounted, so that a dump can say which object a stored
 * handle refers to. The layers of the last mount come first (upper, then lowers), then those of the mounts before it.
 */
export class LayerHandles {
  #current: readonly string[] = [];
  readonly #seen = new Set<string>();
  #search: HandleSearch | undefined;

  /** After an attempt to mount these layers. */
  mounted(layers: readonly string[]): void {
    this.#current = layers;
    for (const layer of layers) this.#seen.add(layer);
    this.forget();
  }

  /** After anything that may have changed a layer. */
  forget(): void {
    this.#search = undefined;
  }

  /** The handle in an xattr value or index name, as dumps tell it. */
  describe(calls: Syscalls, value: Uint8Array): JsonObject {
    if (value.length === 0) return { fh: null };
    if (value.length < fidAt || value[magicAt] !== handleMagic) return { hex: Buffer.from(value).toString('hex') };
    this.#search ??= new HandleSearch(calls, new Set([...this.#current, ...this.#seen]));
    const fh: Json = this.#search.pathOf(latin1(value, typeAt, typeAt + 1) + latin1(value, fidAt)) ?? '?';
    return ((value[flagsAt] ?? 0) & upperFlag) === 0 ? { fh } : { fh, upper: true };
  }
}

/**
 * Where the parts of a stored handle are (struct ovl_fb): version, magic, length, flags, the handle's type, the
 * filesystem's UUID, and the handle itself.
 */
const magicAt = 1;
const flagsAt = 3;
const typeAt = 4;
const fidAt = 21;
const handleMagic = 0xfb;
/** The handle of an object in an upper layer. */
const upperFlag = 4;

function latin1({ buffer, byteOffset, length }: Uint8Array, from: number, to = length): string {
  return Buffer.from(buffer, byteOffset + from, to - from).toString('latin1');
}

const stat = statBuffer();

/** A walk through trees, in sorted order, that goes on only as far as it must: most handles are those of what comes early. */
class HandleSearch {
  readonly #calls: Syscalls;
  /** What was visited: the first path of each object by its handle. */
  readonly #paths = new Map<string, string>();
  /** What comes next, the last first. */
  readonly #ahead: { readonly path: string; readonly type: number }[];

  constructor(calls: Syscalls, roots: Iterable<string>) {
    this.#calls = calls;
    this.#ahead = Array.from(roots, (path) => ({ path, type: DT_UNKNOWN })).reverse();
  }

  /** The first path of the object with this handle, `undefined` where there is none. */
  pathOf(handle: string): string | undefined {
    for (;;) {
      const known = this.#paths.get(handle);
      const next = known === undefined ? this.#ahead.pop() : undefined;
      if (next === undefined) return known;
      this.#visit(next.path, next.type);
    }
  }

  #visit(path: string, type: number): void {
    const handle = this.#calls.name_to_handle_at(AT_FDCWD, path, 0);
    if (typeof handle !== 'number') {
      const key = latin1(handle, 0);
      if (!this.#paths.has(key)) this.#paths.set(key, path);
    }
    if (!this.#isDirectory(path, type)) return;
    const entries = directoryEntries(this.#calls, path);
    if (typeof entries === 'number') return;
    const named = entries.filter(({ ino }) => ino !== 0n).sort((one, other) => (one.name < other.name ? 1 : -1));
    for (const entry of named) this.#ahead.push({ path: `${path}/${entry.name}`, type: entry.type });
  }

  /** Asks the object itself where its directory does not say. */
  #isDirectory(path: string, type: number): boolean {
    if (type !== DT_UNKNOWN) return type === DT_DIR;
    return this.#calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW) === 0 && isDirectory(modeOf(stat));
  }
}
