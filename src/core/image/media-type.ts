import { ImageError } from './error.ts';

/** What the manifest of an image can be, by its media type (OCI image-spec media-types.md and Docker's v2 schemas). */
export type ManifestKind = 'index' | 'manifest' | 'schema-1' | 'other';

const manifestKinds = new Map<string, ManifestKind>([
  ['application/vnd.oci.image.index.v1+json', 'index'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'index'],
  ['application/vnd.oci.image.manifest.v1+json', 'manifest'],
  ['application/vnd.docker.distribution.manifest.v2+json', 'manifest'],
  ['application/vnd.docker.distribution.manifest.v1+json', 'schema-1'],
  ['application/vnd.docker.distribution.manifest.v1+prettyjws', 'schema-1'],
]);

export function manifestKind(mediaType: string): ManifestKind {
  return manifestKinds.get(mediaType) ?? 'other';
}

const configTypes = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Whether a manifest whose config has this type is an image's. */
export function isConfigType(mediaType: string): boolean {
  return configTypes.has(mediaType);
}

/** Refuses a manifest that is no image's: a chart, a signature, a WebAssembly module … @throws ImageError */
export function checkConfigType(mediaType: string, where: string): void {
  if (isConfigType(mediaType)) return;
  throw new ImageError(`${where} has the type ${JSON.stringify(mediaType)}: this is no container image`);
}

const layerTypes = new Set([
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
]);

const foreignLayerTypes = new Set([
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

/** Whether the makers of such a layer do not let others hand it on, so that it is often missing from an image. */
export function isForeignLayer(mediaType: string): boolean {
  return foreignLayerTypes.has(mediaType);
}

/**
 * Refuses a layer that cannot be unpacked: an encrypted one, an unknown one. How the others are packed is seen from their
 * bytes, since some tools write the wrong type.
 * @throws ImageError
 */
export function checkLayerType(mediaType: string, where: string): void {
  if (layerTypes.has(mediaType) || isForeignLayer(mediaType)) return;
  const shown = JSON.stringify(mediaType);
  if (mediaType.endsWith('+encrypted')) throw new ImageError(`${where} is ${shown}; decrypt the image first`);
  throw new ImageError(`${where} is ${shown}, which is no known kind of layer`);
}
