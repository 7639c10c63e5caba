import { createHash } from 'node:crypto';
import { pack as tarPack, type Header } from 'tar-stream';
import type { ByteSource, ImageFiles } from '../../../src/core/image/index.ts';
import { chunked, collect, pack, type Packing } from './streams.ts';

/** A member of an archive that the tests write. */
export interface Member extends Partial<Header> {
  readonly name: string;
  readonly content?: string | Uint8Array;
}

/** A tar archive. */
export async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const archive = tarPack();
  const bytes = collect(archive as unknown as AsyncIterable<Uint8Array>);
  for (const { content, ...header } of members) {
    const dated = { mtime: new Date(0), ...header };
    const isFile = header.type === undefined || header.type === 'file';
    if (isFile) archive.entry(dated, Buffer.from(content ?? ''));
    else archive.entry(dated);
  }
  archive.finalize();
  return bytes;
}

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function hex(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The files of an image by name. Tests change them at will before they load it. */
export type FileMap = Map<string, Uint8Array>;

/** The files as the image reader takes them, in pieces of the given lengths. */
export function filesOf(map: FileMap, lengths?: readonly number[]): ImageFiles {
  return {
    label: 'an image in memory',
    size: (name) => map.get(name)?.length,
    read: (name) => chunked(map.get(name) ?? new Uint8Array(0), lengths),
  };
}

/** Bytes as a file that can be read anywhere, in pieces of the given lengths. */
export function sourceOf(bytes: Uint8Array, lengths?: readonly number[]): ByteSource {
  return {
    label: 'an archive in memory',
    size: bytes.length,
    read: (start, end) => chunked(bytes.subarray(start, end), lengths),
  };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export interface ImageParts {
  /** Uncompressed archives, base first. */
  readonly layers: readonly Uint8Array[];
  readonly names?: readonly string[];
  readonly packing?: Packing;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
}

export function configOf({ layers, platform = { os: 'linux', architecture: 'amd64' } }: ImageParts): Buffer {
  return json({ ...platform, config: {}, rootfs: { type: 'layers', diff_ids: layers.map(sha256) } });
}

/** What `docker save` writes. Call it several times with the same map for several images. */
export function addDockerImage(map: FileMap, parts: ImageParts): void {
  const { layers, names = [], packing = 'plain' } = parts;
  const config = configOf(parts);
  const configName = `${hex(sha256(config))}.json`;
  map.set(configName, config);
  const layerNames = layers.map((layer, i) => `${hex(sha256(`${i}${sha256(layer)}`))}/layer.tar`);
  for (const [i, layer] of layers.entries()) map.set(layerNames[i] ?? '', pack(layer, packing));
  const earlier = map.has('manifest.json') ? readJson(map, 'manifest.json') : [];
  const entry = { Config: configName, RepoTags: names.length === 0 ? null : names, Layers: layerNames };
  map.set('manifest.json', json([...(earlier as unknown[]), entry]));
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: object;
  annotations?: Record<string, string>;
}

/** Puts a blob into an OCI layout. */
export function addBlob(map: FileMap, bytes: Uint8Array, mediaType: string): Descriptor {
  const digest = sha256(bytes);
  map.set(`blobs/sha256/${hex(digest)}`, bytes);
  return { mediaType, digest, size: bytes.length };
}

export const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
} as const;

/** The blobs of one image; answers the descriptor of its manifest. */
export function addManifest(map: FileMap, parts: ImageParts, change: object = {}): Descriptor {
  const config = addBlob(map, configOf(parts), types.config);
  const { packing = 'plain' } = parts;
  const suffix = packing === 'plain' ? '' : `+${packing}`;
  const layers = parts.layers.map((layer) => addBlob(map, pack(layer, packing), `${types.layer}${suffix}`));
  return addBlob(map, json({ schemaVersion: 2, mediaType: types.manifest, config, layers, ...change }), types.manifest);
}

/** The top of an OCI layout. */
export function setIndex(map: FileMap, manifests: readonly Descriptor[]): void {
  map.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  map.set('index.json', json({ schemaVersion: 2, manifests }));
}

/** An OCI layout of one image. */
export function addOciImage(map: FileMap, parts: ImageParts): void {
  const manifest = addManifest(map, parts);
  const names = parts.names ?? [];
  const entries = names.map((name) => ({ ...manifest, annotations: { 'org.opencontainers.image.ref.name': name } }));
  setIndex(map, entries.length === 0 ? [manifest] : entries);
}

/** What `skopeo copy` writes to `dir:`: an OCI layout whose blobs have other names. */
export function directoryOf(layout: FileMap, { digest: first }: Descriptor): FileMap {
  const map: FileMap = new Map([['version', Buffer.from('Directory Transport Version: 1.1\n')]]);
  for (const [name, bytes] of layout) {
    if (!name.startsWith('blobs/')) continue;
    const digits = name.slice('blobs/sha256/'.length);
    map.set(digits === hex(first) ? 'manifest.json' : isManifest(bytes) ? `${digits}.manifest.json` : digits, bytes);
  }
  return map;
}

/** Layers may begin like a manifest, but none that is drawn goes on like one. */
function isManifest(bytes: Uint8Array): boolean {
  return /^\{.*"schemaVersion":2/s.test(Buffer.from(bytes).toString('latin1'));
}

/** What `docker save` wrote before Docker 1.10: an image for each layer. */
export function addFirstImage(map: FileMap, { layers, names = [], packing = 'plain' }: ImageParts): void {
  let parent: string | undefined;
  for (const [i, layer] of layers.entries()) {
    const id = hex(sha256(`${names.join(' ')} ${i}`));
    map.set(`${id}/VERSION`, Buffer.from('1.0'));
    map.set(`${id}/json`, json({ id, parent, os: 'linux', architecture: 'amd64' }));
    map.set(`${id}/layer.tar`, pack(layer, packing));
    parent = id;
  }
  const repositories = map.has('repositories') ? (readJson(map, 'repositories') as Record<string, object>) : {};
  for (const [name = '', tag = ''] of names.map((each) => each.split(':'))) {
    repositories[name] = { ...repositories[name], [tag]: parent };
  }
  map.set('repositories', json(repositories));
}

export function readJson(map: FileMap, name: string): unknown {
  return JSON.parse(Buffer.from(map.get(name) ?? '').toString());
}

/** All files of an image as one archive. */
export async function archiveOf(map: FileMap): Promise<Buffer> {
  return tarOf([...map].map(([name, content]) => ({ name, content })));
}
