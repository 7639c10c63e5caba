import type { FileSystem, Host, Path, Root } from '../../../host/index.ts';
import { noIdMaps, rootPair } from '../../id-map.ts';
import type { WriteOptions } from '../options.ts';
import { isPortable, layerXattrsOf, type KeptXattrs } from './portable-xattrs.ts';

/** What the root of a layer is when no member describes it. */
interface RootAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

const defaultRoot = { mode: 0o755, xattrs: new Map<string, Uint8Array>() };

/**
 * Whether a layer needs a member for its root, which Docker never writes: where mode, owner or attributes are not those that
 * it has without one, which is the root's below (B0). Its time alone is no reason: every new name at the top moves it.
 */
export function rootDiffers(
  host: Host,
  root: Root,
  below: Path | undefined,
  { idMaps = noIdMaps, keeps = isPortable }: WriteOptions,
): boolean {
  const here = attributesOf(host.fs, root, keeps);
  const there = below === undefined ? { ...defaultRoot, ...rootPair(idMaps) } : rootOf(host, below, keeps);
  if (here.mode !== there.mode || here.uid !== there.uid || here.gid !== there.gid) return true;
  if (here.xattrs.size !== there.xattrs.size) return true;
  return [...here.xattrs].some(([name, value]) => !equal(value, there.xattrs.get(name)));
}

function rootOf(host: Host, path: Path, keeps: KeptXattrs): RootAttributes {
  const root = host.fs.openRoot(path);
  try {
    return attributesOf(host.fs, root, keeps);
  } finally {
    root.close();
  }
}

function attributesOf(fs: FileSystem, root: Root, keeps: KeptXattrs): RootAttributes {
  const { permissions, uid, gid } = root.stat();
  return { mode: permissions, uid, gid, xattrs: layerXattrsOf(fs, root.fd, keeps).kept };
}

function equal(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}
