import { ImageError } from './error.ts';
import type { Digest } from './digest.ts';
import { platformRank, platformText, type Platform } from './platform.ts';

/** Which image of several is meant. */
export interface ImageChoice {
  /** A name (`alpine:3.20`, `app`) or a digest; without it the image must be the only one. */
  readonly ref?: string | undefined;
  readonly platform: Platform;
}

/** The image asked for is not there, or there is more than one. */
export class ImageChoiceError extends ImageError {
  /** What another choice would have to name. */
  readonly by: 'ref' | 'platform';

  constructor(message: string, by: 'ref' | 'platform') {
    super(message);
    this.by = by;
  }
}

/** Something with names and a digest by which people can choose it. */
export interface Named {
  readonly names: readonly string[];
  readonly digest: Digest;
}

/**
 * The entries that `ref` means; without it all of them, if they are variants of one image: they have the same names, or
 * none. Entries with the same digest are one, with all the names.
 * @throws ImageChoiceError
 */
export function chooseByRef<T extends Named>(entries: readonly T[], ref: string | undefined): readonly T[] {
  const images = mergeNames(entries);
  if (ref !== undefined) return chooseNamed(images, ref);
  const nameSets = new Set(images.map(({ names }) => names.toSorted().join(' ')));
  if (nameSets.size <= 1) return images;
  throw new ImageChoiceError(`it holds several images: ${listed(images)}; choose one`, 'ref');
}

function mergeNames<T extends Named>(entries: readonly T[]): readonly T[] {
  const merged = new Map<Digest, T>();
  for (const entry of entries) {
    const names = [...new Set([...(merged.get(entry.digest)?.names ?? []), ...entry.names])];
    merged.set(entry.digest, { ...entry, names });
  }
  return [...merged.values()];
}

/** Which of an image's names to call it by: the one that was asked for, else the first. */
export function nameAsAsked(names: readonly string[], ref: string | undefined): string | undefined {
  if (ref === undefined) return names[0];
  const full = fullName(ref);
  return names.find((name) => name === ref) ?? names.find((name) => fullName(name) === full) ?? names[0];
}

function chooseNamed<T extends Named>(entries: readonly T[], ref: string): readonly T[] {
  const exact = entries.filter(({ names, digest }) => digest === ref || names.includes(ref));
  const full = fullName(ref);
  const chosen =
    exact.length > 0 ? exact : entries.filter(({ names }) => names.some((name) => fullName(name) === full));
  if (chosen.length > 0) return chosen;
  throw new ImageChoiceError(`it holds no image ${JSON.stringify(ref)}, but ${listed(entries)}`, 'ref');
}

/**
 * A name as Docker and skopeo complete it (distribution/reference): `alpine`, `docker.io/alpine` and `index.docker.io/alpine` are
 * `docker.io/library/alpine:latest`. `localhost` is a registry like others.
 */
function fullName(name: string): string {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasRegistry = first === 'localhost' || /[.:]/.test(first);
  const registry = hasRegistry && first !== 'index.docker.io' ? first : 'docker.io';
  const rest = hasRegistry ? name.slice(slash + 1) : name;
  const path = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const hasTag = path.includes('@') || path.includes(':', path.lastIndexOf('/') + 1);
  return `${registry}/${path}${hasTag ? '' : ':latest'}`;
}

function listed(entries: readonly Named[]): string {
  return entries.map(({ names, digest }) => names[0] ?? digest).join(', ') || 'none at all';
}

/** An image that was made for some platform. */
export interface Candidate extends Named {
  readonly platform: Platform;
}

/** The one image that fits the platform best. @throws ImageChoiceError */
export function chooseByPlatform<T extends Candidate>(candidates: readonly T[], wanted: Platform): T {
  const ranked = candidates.map((candidate) => ({ candidate, rank: platformRank(wanted, candidate.platform) }));
  const best = Math.min(...ranked.map(({ rank }) => rank ?? Infinity));
  const fitting = uniqueByDigest(ranked.filter(({ rank }) => rank === best).map(({ candidate }) => candidate));
  const [first, second] = fitting;
  if (first === undefined) {
    const there = [...new Set(candidates.map(({ platform }) => platformText(platform)))].join(', ');
    throw new ImageChoiceError(`it is made for ${there}, not for ${platformText(wanted)}`, 'platform');
  }
  if (second === undefined) return first;
  const digests = fitting.map(({ digest }) => digest).join(', ');
  throw new ImageChoiceError(
    `it holds ${fitting.length} images for ${platformText(wanted)}: ${digests}; choose one`,
    'ref',
  );
}

function uniqueByDigest<T extends Named>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}
