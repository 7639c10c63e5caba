import { chooseByPlatform, chooseByRef, type Candidate, type ImageChoice, type Named } from './choice.ts';
import { blobName, readBlob, readDescriptor, readPlatform, type Descriptor } from './descriptor.ts';
import { isDigest, type Digest } from './digest.ts';
import { readDocument, type Json } from './document.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import { imageOf, readConfig, storedSize, type Image, type StoredLayer } from './image.ts';
import { checkConfigType, checkLayerType, isConfigType, manifestKind } from './media-type.ts';

/** Where tools put the names of images: Docker the whole name, others (and Docker) the tag. */
const nameAnnotations = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
/** How deep indexes may lie in indexes. */
const depthMax = 8;

/** Whether the files are an OCI layout. `docker save` since 25 writes one that is a docker-archive as well. */
export function isOciLayout(files: ImageFiles): boolean {
  return files.size('oci-layout') !== undefined && files.size('index.json') !== undefined;
}

/** The image of an OCI layout (OCI image-spec image-layout.md) that the choice names. @throws ImageError */
export async function openOciLayout(files: ImageFiles, choice: ImageChoice): Promise<Image> {
  const layout = await readDocument(files, 'oci-layout');
  const version = layout.field('imageLayoutVersion').text();
  if (version !== '1.0.0') throw new ImageError(`it is an OCI layout of the version ${JSON.stringify(version)}`);
  const entries = readIndex(await readDocument(files, 'index.json'));
  const walk = new IndexWalk(files);
  const candidates = await walk.candidates(entries, choice.ref);
  if (candidates.length === 0) throw new ImageError(`it holds no image${walk.whatElse}`);
  return openManifest(files, chooseByPlatform(candidates, choice.platform));
}

/** An entry of an index with the names it inherits. */
interface Entry extends Named {
  readonly descriptor: Descriptor;
}

interface ManifestCandidate extends Candidate, Entry {}

function readIndex(index: Json, inherited: readonly string[] = []): readonly Entry[] {
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
  readonly #files: ImageFiles;
  readonly #seen = new Set<Digest>();
  readonly #others = new Set<string>();

  constructor(files: ImageFiles) {
    this.#files = files;
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
            ...(await this.#expand(readIndex(await readBlob(this.#files, descriptor), entry.names), depth + 1)),
          );
          break;
        case 'manifest':
          candidates.push(...(await this.#candidate(entry)));
          break;
        case 'schema-1':
          this.#others.add('a manifest of the old schema 1 (pull the image again with a newer tool)');
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
    const config = (await readBlob(this.#files, entry.descriptor)).field('config');
    const type = config.field('mediaType').text();
    if (isConfigType(type)) {
      return [{ ...entry, platform: readPlatform(await readBlob(this.#files, readDescriptor(config))) }];
    }
    this.#others.add(JSON.stringify(type));
    return [];
  }
}

async function openManifest(files: ImageFiles, { descriptor, names }: ManifestCandidate): Promise<Image> {
  const manifest = await readBlob(files, descriptor);
  const config = readDescriptor(manifest.field('config'));
  checkConfigType(config.mediaType, config.where);
  const stored = manifest
    .field('layers')
    .listOrNone()
    .map((layer) => storedLayer(files, readDescriptor(layer)));
  return imageOf(names[0] ?? config.digest, readConfig(await readBlob(files, config)), files, stored);
}

function storedLayer(files: ImageFiles, { mediaType, digest, size, where }: Descriptor): StoredLayer {
  checkLayerType(mediaType, where);
  const file = blobName(digest);
  return { file, size: storedSize(files, file, where, size), digest };
}
