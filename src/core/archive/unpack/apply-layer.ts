import { isSystemError, type Host, type Path } from '../../../host/index.ts';
import type { ByteStream } from '../../driver.ts';
import { noIdMaps, ownerOfNew } from '../../id-map.ts';
import { directorySize } from '../../files/directory-size.ts';
import { Pace } from '../../files/pace.ts';
import { ArchiveError, Malformed, placed, Refusal } from '../errors.ts';
import { LowerStack } from '../lower-stack.ts';
import type { FullTree, OverlayLayer, OverlayXattrs, UnpackedLayer, UnpackOptions } from '../options.ts';
import type { ArchiveEntry } from '../tar/entry.ts';
import { ArchiveReader, type EntrySink } from '../tar/reader.ts';
import { AufsLinks } from './aufs-links.ts';
import { Below } from './below.ts';
import { finishDirectories, inheritRoot } from './finishing.ts';
import { HardLinks } from './hard-links.ts';
import { LayerBuilder, type Unmentioned } from './layer-builder.ts';
import { MemberMaker } from './member-maker.ts';
import { MemberSink } from './member-sink.ts';
import { ConvertedWhiteouts, OrderedWhiteouts } from './ordered-whiteouts.ts';
import { Resolver } from './resolver.ts';
import { SizeTally } from './size-tally.ts';
import { Target } from './target.ts';
import { Whiteouts, type WhiteoutRules } from './whiteouts.ts';

/**
 * Unpacks a layer archive into the layer's own directory, with whiteouts in the form of overlayfs (overlay2's native
 * ApplyDiff). The directory is not emptied first: applying twice accumulates, as with Docker. After an error it holds what
 * came before the error; the driver builds aside and throws that away.
 * @throws ArchiveError, which names the member and its place
 */
export async function applyLayerToOverlay(
  host: Host,
  archive: ByteStream,
  layer: OverlayLayer,
  options: UnpackOptions = {},
): Promise<UnpackedLayer> {
  const before = await directorySize(host, layer.diff);
  const fresh = layer.root !== 'own' && host.fs.readdir(layer.diff).length === 0;
  const stack = layer.lowers === undefined ? undefined : new LowerStack(host, layer.lowers, layer.xattrs);
  try {
    const below = new Below(stack ?? 'unknown');
    const unpacking = new Unpacking(host, layer.diff, { below, overlay: layer.xattrs, files: 'own', before }, options);
    return await unpacking.run(archive, () => {
      if (fresh) unpacking.inheritRoot();
      return unpacking.size;
    });
  } finally {
    stack?.close();
  }
}

/**
 * Unpacks a layer archive over a full tree, carrying out its whiteouts (naive ApplyDiff; vfs, overlay v1).
 * @throws ArchiveError, which names the member and its place
 */
export async function applyLayerToTree(
  host: Host,
  archive: ByteStream,
  tree: FullTree,
  options: UnpackOptions = {},
): Promise<UnpackedLayer> {
  const where = { below: new Below('nothing'), overlay: undefined, files: tree.files, before: 0 };
  const unpacking = new Unpacking(host, tree.root, where, options);
  return unpacking.run(archive, () => unpacking.headerBytes);
}

/** Where a layer goes. */
interface Destination {
  readonly below: Below;
  readonly overlay: OverlayXattrs | undefined;
  readonly files: FullTree['files'];
  /** The size of what is there already. */
  readonly before: number;
}

/** One archive on its way into a directory. */
class Unpacking implements EntrySink {
  readonly #host: Host;
  readonly #options: UnpackOptions;
  readonly #below: Below;
  readonly #target: Target;
  readonly #whiteouts: WhiteoutRules;
  readonly #maker: MemberMaker;
  readonly #aufsLinks: AufsLinks;
  readonly #sink: MemberSink;
  #entry: ArchiveEntry | undefined;
  #headerBytes = 0;

  constructor(host: Host, path: Path, { below, overlay, files, before }: Destination, options: UnpackOptions) {
    this.#host = host;
    this.#options = options;
    this.#below = below;
    const report = (message: string): void => {
      this.#warn(message);
    };
    const surroundings = {
      zeroDevices: overlay === undefined ? 'keep' : 'refuse',
      devices: host.system.inUserNamespace() ? 'leave-out' : 'make',
    } as const;
    const target = new Target(host, path, new SizeTally(before));
    const resolver = new Resolver(target, below, overlay);
    const inOrder = options.whiteouts === 'in-order';
    const builder = new LayerBuilder(target, below, overlay, unmentionedIn(host, overlay, options), report);
    this.#aufsLinks = new AufsLinks(target, resolver, host.system);
    const links = new HardLinks(target, below, resolver, builder, this.#aufsLinks, { overlay, files }, report);
    this.#target = target;
    if (!inOrder) this.#whiteouts = new Whiteouts(target, below, builder);
    else this.#whiteouts = overlay === undefined ? new OrderedWhiteouts(target) : new ConvertedWhiteouts(builder);
    this.#maker = new MemberMaker(target, resolver, builder, links, surroundings, report);
    this.#sink = new MemberSink(below, resolver, this.#whiteouts, this.#maker, this.#aufsLinks, options.idMaps);
  }

  /** The size of the directory. */
  get size(): number {
    return this.#target.tally.bytes;
  }

  /** The sum of the sizes in all headers. */
  get headerBytes(): number {
    return this.#headerBytes;
  }

  async run(archive: ByteStream, finish: () => number): Promise<UnpackedLayer> {
    const reader = new ArchiveReader(this, this.#options.limits);
    try {
      await this.#read(reader, archive);
      return this.#finish(reader, finish);
    } catch (error) {
      throw error instanceof Malformed ? reader.placed(error) : error;
    } finally {
      this.#maker.close();
      this.#target.close();
    }
  }

  /** Reads all of the stream, also what follows the archive: whoever computes its digest sees every byte (E6). */
  async #read(reader: ArchiveReader, archive: ByteStream): Promise<void> {
    const pace = new Pace(this.#host.system);
    let entries = 0;
    for await (const chunk of archive) {
      for (let at = 0; at < chunk.length; at += pieceSize) {
        this.#push(reader, chunk.length <= pieceSize ? chunk : chunk.subarray(at, at + pieceSize));
        await pace.step(1 + reader.entries - entries);
        entries = reader.entries;
      }
    }
    reader.close();
  }

  #push(reader: ArchiveReader, bytes: Uint8Array): void {
    try {
      reader.push(bytes);
    } catch (error) {
      throw this.#located(error);
    }
  }

  #finish(reader: ArchiveReader, finish: () => number): UnpackedLayer {
    this.#entry = undefined;
    this.#aufsLinks.finish();
    this.#whiteouts.finish();
    const size = finish();
    finishDirectories(this.#target);
    return { size, entries: reader.entries };
  }

  inheritRoot(): void {
    inheritRoot(this.#target, this.#below, (message) => {
      this.#warn(message);
    });
  }

  entry(entry: ArchiveEntry): void {
    this.#entry = entry;
    this.#headerBytes += entry.size;
    this.#sink.entry(entry);
  }

  data(bytes: Buffer, at: number): void {
    this.#sink.data(bytes, at);
  }

  end(): void {
    this.#sink.end();
  }

  /** The error with the member that was being unpacked and its place. */
  #located(error: unknown): unknown {
    const entry = this.#entry;
    if (entry === undefined) return error;
    if (error instanceof Refusal) return new ArchiveError(`refused: ${error.message}`, entry.name, entry.offset);
    if (!isSystemError(error)) return error;
    return new ArchiveError(`cannot unpack: ${error.message}`, entry.name, entry.offset, error);
  }

  #warn(message: string): void {
    const entry = this.#entry;
    this.#options.warn?.(entry === undefined ? message : placed(message, entry.name, entry.offset));
  }
}

function unmentionedIn(
  { system }: Host,
  overlay: OverlayXattrs | undefined,
  { idMaps = noIdMaps, whiteouts, impliedDirectories }: UnpackOptions,
): Unmentioned {
  const root = ownerOfNew(system, idMaps);
  const plain = { ...root, mode: 0o755 };
  const directories = overlay === undefined ? (impliedDirectories ?? plain) : plain;
  return { root, directories, replacing: whiteouts === 'in-order' ? 'plain' : 'opaque' };
}

/** Bytes that are unpacked without giving the event loop a chance of a turn. */
const pieceSize = 1 << 20;
