import { algorithmOf, hexOf, type Digest } from './digest.ts';
import { type Json, readDocument } from './document.ts';
import type { ImageFiles } from './files.ts';
import { normalise, type Platform } from './platform.ts';

/** A reference to a blob (OCI image-spec descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Where the descriptor names one. */
  readonly platform: Platform | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  /** How errors name it. */
  readonly where: string;
}

const noAnnotations: ReadonlyMap<string, string> = new Map();

/** @throws ImageError */
export function readDescriptor(json: Json): Descriptor {
  const platform = json.field('platform');
  return {
    mediaType: json.field('mediaType').textOrNone(),
    digest: json.field('digest').digest(),
    size: json.field('size').size(),
    platform: platform.isAbsent ? undefined : readPlatform(platform),
    annotations: readAnnotations(json.field('annotations')),
    where: json.where,
  };
}

function readAnnotations(json: Json): ReadonlyMap<string, string> {
  return json.isAbsent ? noAnnotations : json.texts();
}

/** The fields of a platform, of a descriptor or of an image's config. @throws ImageError */
export function readPlatform(json: Json): Platform {
  return normalise({
    os: json.field('os').textOrNone(),
    architecture: json.field('architecture').textOrNone(),
    variant: json.field('variant').textOrNone(),
  });
}

/** The name of a blob's file in an OCI layout. */
export function blobName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** Reads a JSON blob; its size and digest are checked. @throws ImageError */
export async function readBlob(files: ImageFiles, { digest, size }: Descriptor): Promise<Json> {
  return readDocument(files, blobName(digest), { size, digest });
}
