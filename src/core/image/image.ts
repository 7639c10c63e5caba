import type { Digest } from './digest.ts';
import { chainIds } from './hashing.ts';
import { type Json } from './document.ts';
import { readPlatform } from './descriptor.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import type { Platform } from './platform.ts';

/** One layer of an image. */
export interface ImageLayer {
  /** Of the uncompressed archive. */
  readonly diffId: Digest;
  readonly chainId: Digest;
  readonly stored: StoredLayer;
}

/** A layer's archive as the image holds it. */
export interface StoredLayer {
  /** Its name in the image's files. */
  readonly file: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Of the bytes as stored, where the image says. */
  readonly digest: Digest | undefined;
}

/** An image whose documents have been read and checked: all its files are there, none of its layers has been read. */
export interface Image {
  /** The name it goes by, or else the digest of its config. */
  readonly name: string;
  readonly platform: Platform;
  readonly files: ImageFiles;
  /** Base first. */
  readonly layers: readonly ImageLayer[];
}

/** What the layers need of an image's config (OCI image-spec config.md). */
export interface ImageConfig {
  readonly platform: Platform;
  readonly diffIds: readonly Digest[];
  readonly where: string;
}

/** @throws ImageError */
export function readConfig(json: Json): ImageConfig {
  const rootfs = json.field('rootfs');
  const type = rootfs.field('type').text();
  if (type !== 'layers') throw new ImageError(`${json.where} has a rootfs of the type ${JSON.stringify(type)}`);
  const diffIds = rootfs.field('diff_ids').listOrNone();
  return { platform: readPlatform(json), diffIds: diffIds.map((diffId) => diffId.digest()), where: json.where };
}

/** Puts together what config and manifest say of the layers. @throws ImageError */
export function imageOf(name: string, config: ImageConfig, files: ImageFiles, stored: readonly StoredLayer[]): Image {
  const { diffIds, platform, where } = config;
  if (stored.length !== diffIds.length) {
    throw new ImageError(
      `the manifest has ${stored.length} layers and its config, ${where}, ${diffIds.length} diff_ids`,
    );
  }
  if (platform.os === 'windows') throw new ImageError('it is a Windows image, whose layers Linux cannot unpack');
  const chain = chainIds(diffIds);
  const layers = stored.map((layer, i) => layerOf(diffIds[i], chain[i], layer));
  return { name, platform, files, layers };
}

function layerOf(diffId: Digest | undefined, chainId: Digest | undefined, stored: StoredLayer): ImageLayer {
  if (diffId === undefined || chainId === undefined) throw new RangeError('a layer without a diffID');
  return { diffId, chainId, stored };
}

/** The size of a layer's file. @throws ImageError where it is missing, or has not the size it should have */
export function storedSize(files: ImageFiles, file: string, where: string, expected?: number): number {
  const size = files.size(file);
  if (size === undefined) throw new ImageError(`${where} is missing: there is no ${file}`);
  if (expected !== undefined && size !== expected) {
    throw new ImageError(`${where} is damaged: ${file} has ${size} bytes instead of ${expected}`);
  }
  return size;
}
