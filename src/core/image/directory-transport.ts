import type { Blobs } from './blobs.ts';
import type { ImageChoice } from './choice.ts';
import type { Descriptor } from './descriptor.ts';
import { hexOf, type Digest } from './digest.ts';
import { parseDocument, readDocumentBytes, type Json } from './document.ts';
import type { ImageFiles } from './files.ts';
import { sha256 } from './hashing.ts';
import type { Image } from './image.ts';
import { openAmong } from './index-walk.ts';

/** What a manifest is that names no media type, by what it holds. */
const typeByField = [
  ['manifests', 'application/vnd.oci.image.index.v1+json'],
  ['fsLayers', 'application/vnd.docker.distribution.manifest.v1+json'],
  ['config', 'application/vnd.oci.image.manifest.v1+json'],
] as const;

/**
 * Whether the files are what `dir:` of containers/image writes (`skopeo copy`, `podman save --format docker-dir`): manifest.json
 * is the manifest itself, and not Docker's list of images.
 */
export async function isDirectoryTransport(files: ImageFiles): Promise<boolean> {
  if (files.size('manifest.json') === undefined) return false;
  const manifest = parseDocument(await readDocumentBytes(files, 'manifest.json', {}), 'manifest.json');
  return manifest.isObject && !manifest.field('schemaVersion').isAbsent;
}

/** The image of such files. They hold no name; a list of manifests is one image for several platforms. @throws ImageError */
export async function openDirectoryTransport(files: ImageFiles, choice: ImageChoice): Promise<Image> {
  const bytes = await readDocumentBytes(files, 'manifest.json', {});
  const digest = sha256(bytes);
  const descriptor: Descriptor = {
    mediaType: typeOf(parseDocument(bytes, 'manifest.json')),
    digest,
    size: bytes.length,
    platform: undefined,
    annotations: new Map(),
    data: undefined,
    where: 'manifest.json',
  };
  return openAmong(blobsIn(files, digest), [{ descriptor, digest, names: [] }], choice);
}

function typeOf(manifest: Json): string {
  const named = manifest.field('mediaType').textOrNone();
  return named || (typeByField.find(([field]) => !manifest.field(field).isAbsent)?.[1] ?? '');
}

/** Blobs are called by the hexadecimal digits alone; manifests below the first have `.manifest.json` after these. */
function blobsIn(files: ImageFiles, first: Digest): Blobs {
  return {
    files,
    nameOf: (digest) => {
      if (digest === first) return 'manifest.json';
      const manifest = `${hexOf(digest)}.manifest.json`;
      return files.size(manifest) === undefined ? hexOf(digest) : manifest;
    },
  };
}
