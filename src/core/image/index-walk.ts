import { readBlob, type Blobs } from './blobs.ts';
import { chooseByPlatform, chooseByRef, nameAsAsked, type Candidate, type ImageChoice, type Named } from './choice.ts';
import { readDescriptor, readPlatform, type Descriptor } from './descriptor.ts';
import { isDigest, type Digest } from './digest.ts';
import type { Json } from './document.ts';
import { ImageError } from './error.ts';
import { imageOf, readConfig, storedSize, type Image, type StoredLayer } from './image.ts';
import { checkConfigType, checkLayerType, isConfigType, isForeignLayer, manifestKind } from './media-type.ts';

/** Where tools put the names of images: Docker the whole name, others (and Docker) the tag. */
const nameAnnotations = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
/** How deep indexes may lie in indexes. */
const depthMax = 8;

/** An entry of an index with the names it inherits. */
export interface Entry extends Named {
  readonly descriptor: Descriptor;
}

interface ManifestCandidate extends Candidate, Entry {}

/** The image that the choice names among the entries of an index, and of the indexes in it. @throws ImageError */
export async function openAmong(blobs: Blobs, entries: readonly Entry[], choice: ImageChoice): Promise<Image> {
  const walk = new IndexWalk(blobs);
  const candidates = await walk.candidates(entries, choice.ref);
  if (candidates.length === 0) throw new ImageError(`it holds no image${walk.whatElse}`);
  return openManifest(blobs, chooseByPlatform(candidates, choice.platform), choice.ref);
}

/** The entries of an index (OCI image-spec image-index.md). @throws ImageError */
export function readIndex(index: Json, inherited: readonly string[] = []): readonly Entry[] {
  if (index.field('schemaVersion').size() !== 2) throw new ImageError(`${index.where} has not the schemaVersion 2`);
  return index
    .field('manifests')
    .listOrNone()
    .map(readDescriptor)
    .filter((descriptor) => !isAttestation(descriptor))
    .map((descriptor) => ({ descriptor, digest: descriptor.digest, names: namesOf(descriptor, inherited) }));
}

/** BuildKit's statements on how an image was built stand beside it in the index. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return (
    annotations.get('vnd.docker.reference.type') === 'attestation-manifest' ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}

function namesOf({ annotations }: Descriptor, inherited: readonly string[]): readonly string[] {
  const own = nameAnnotations.map((key) => annotations.get(key) ?? '').filter((name) => name !== '');
  return own.length > 0 ? own : inherited;
}

/** Follows indexes down to the manifests of images. An index that several others name is read once. */
class IndexWalk {
  readonly #blobs: Blobs;
  readonly #seen = new Set<Digest>();
  readonly #others = new Set<string>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** What there is that is no image, for errors. */
  get whatElse(): string {
    return this.#others.size === 0 ? '' : `, but ${[...this.#others].sort().join(', ')}`;
  }

  async candidates(entries: readonly Entry[], ref: string | undefined): Promise<readonly ManifestCandidate[]> {
    const isInner = ref !== undefined && isDigest(ref) && !entries.some(({ digest }) => digest === ref);
    if (isInner) return chooseByRef(await this.#expand(entries, 0), ref);
    return this.#expand(chooseByRef(entries, ref), 0);
  }

  async #expand(entries: readonly Entry[], depth: number): Promise<readonly ManifestCandidate[]> {
    const candidates: ManifestCandidate[] = [];
    for (const entry of entries) {
      const { descriptor, digest } = entry;
      switch (manifestKind(descriptor.mediaType)) {
        case 'index':
          if (this.#seen.has(digest)) break;
          this.#seen.add(digest);
          if (depth === depthMax) throw new ImageError(`its indexes lie more than ${depthMax} deep in one another`);
          candidates.push(
            ...(await this.#expand(readIndex(await readBlob(this.#blobs, descriptor), entry.names), depth + 1)),
          );
          break;
        case 'manifest':
          candidates.push(...(await this.#candidate(entry)));
          break;
        case 'schema-1':
          this.#others.add('a manifest of the old schema 1 (pull the image again, or convert it with skopeo copy)');
          break;
        case 'other':
          this.#others.add(JSON.stringify(descriptor.mediaType));
      }
    }
    return candidates;
  }

  /** Where the index does not name the platform, the image's config does. */
  async #candidate(entry: Entry): Promise<readonly ManifestCandidate[]> {
    const { platform } = entry.descriptor;
    if (platform !== undefined) return [{ ...entry, platform }];
    const config = (await readBlob(this.#blobs, entry.descriptor)).field('config');
    const type = config.field('mediaType').text();
    if (isConfigType(type)) {
      return [{ ...entry, platform: readPlatform(await readBlob(this.#blobs, readDescriptor(config))) }];
    }
    this.#others.add(JSON.stringify(type));
    return [];
  }
}

async function openManifest(
  blobs: Blobs,
  { descriptor, names }: ManifestCandidate,
  ref: string | undefined,
): Promise<Image> {
  const manifest = await readBlob(blobs, descriptor);
  const config = readDescriptor(manifest.field('config'));
  checkConfigType(config.mediaType, config.where);
  const stored = manifest
    .field('layers')
    .listOrNone()
    .map((layer) => storedLayer(blobs, readDescriptor(layer)));
  return imageOf(
    nameAsAsked(names, ref) ?? config.digest,
    readConfig(await readBlob(blobs, config)),
    blobs.files,
    stored,
  );
}

function storedLayer({ files, nameOf }: Blobs, { mediaType, digest, size, where }: Descriptor): StoredLayer {
  checkLayerType(mediaType, where);
  const file = nameOf(digest);
  if (isForeignLayer(mediaType) && files.size(file) === undefined) {
    throw new ImageError(`${where} is not there: such a layer may not be handed on; fetch ${digest} from its maker`);
  }
  return { file, size: storedSize(files, file, where, size), digest };
}
