import type { Digest } from './digest.ts';
import type { Json } from './document.ts';
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
  /** The blob itself in base64, where the descriptor holds it. */
  readonly data: string | undefined;
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
    data: json.field('data').textOrNone() || undefined,
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
