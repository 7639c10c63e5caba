import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../host/constants.ts';
import { isDirectory, statBuffer } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { directoryNames } from './entries.ts';
import type { Json, JsonObject } from './schema.ts';
import { modeOf } from './stat-result.ts';

/**
 * The file handles of the objects in all layers that a trace has mounted, so that a dump can say which object a stored
 * handle refers to. The layers of the last mount come first (upper, then lowers), then those of the mounts before it.
 */
export class LayerHandles {
  #current: readonly string[] = [];
  readonly #seen = new Set<string>();
  #paths: ReadonlyMap<string, string> | undefined;

  /** After an attempt to mount these layers. */
  mounted(layers: readonly string[]): void {
    this.#current = layers;
    for (const layer of layers) this.#seen.add(layer);
    this.forget();
  }

  /** After anything that may have changed a layer. */
  forget(): void {
    this.#paths = undefined;
  }

  /** The handle in an xattr value or index name, as dumps tell it. */
  describe(calls: Syscalls, value: Uint8Array): JsonObject {
    if (value.length === 0) return { fh: null };
    if (value.length < fidAt || value[magicAt] !== handleMagic) return { hex: Buffer.from(value).toString('hex') };
    const key = handleKey(value.subarray(typeAt, typeAt + 1), value.subarray(fidAt));
    const fh: Json = this.#pathsByHandle(calls).get(key) ?? '?';
    return ((value[flagsAt] ?? 0) & upperFlag) === 0 ? { fh } : { fh, upper: true };
  }

  #pathsByHandle(calls: Syscalls): ReadonlyMap<string, string> {
    if (this.#paths !== undefined) return this.#paths;
    const paths = new Map<string, string>();
    for (const layer of new Set([...this.#current, ...this.#seen])) collect(calls, layer, paths);
    this.#paths = paths;
    return paths;
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

function handleKey(...parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('latin1');
}

const stat = statBuffer();

/** Adds all objects at and below a path, in sorted order; the first path of an object stays. */
function collect(calls: Syscalls, path: string, paths: Map<string, string>): void {
  if (calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW) < 0) return;
  const directory = isDirectory(modeOf(stat));
  const handle = calls.name_to_handle_at(AT_FDCWD, path, 0);
  if (typeof handle !== 'number') {
    const key = handleKey(handle);
    if (!paths.has(key)) paths.set(key, path);
  }
  const names = directory ? directoryNames(calls, path) : [];
  if (typeof names === 'number') return;
  for (const name of names) collect(calls, `${path}/${name}`, paths);
}
