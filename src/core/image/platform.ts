import { ImageError } from './error.ts';

/** What an image is made for, in the words of Go (GOOS, GOARCH); '' where the image does not say. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** Of the architecture: `v8`, `v7`. */
  readonly variant: string;
}

/** Names that people use, and what images call them. */
const architectures = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['x64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
  ['i686', '386'],
  ['ia32', '386'],
  ['x32', '386'],
]);

/** Variants that run where no variant is asked for, best first; '' is an image that names none. */
const plainVariants = new Map([
  ['amd64', ['', 'v1']],
  ['arm64', ['v8', '']],
  ['arm', ['v7', '', 'v6', 'v5']],
]);

/** Reads `os/architecture[/variant]`, as `docker --platform` takes it. @throws ImageError */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant = '', ...rest] = text.split('/');
  if (os === '' || architecture === '' || rest.length > 0) {
    throw new ImageError(`${JSON.stringify(text)} is no platform; write it as linux/amd64 or linux/arm/v7`);
  }
  return normalise({ os, architecture, variant });
}

/** One spelling for each platform. */
export function normalise({ os, architecture, variant }: Platform): Platform {
  const lower = architecture.toLowerCase();
  if (lower === 'armhf') return { os: os.toLowerCase(), architecture: 'arm', variant: variant || 'v7' };
  if (lower === 'armel') return { os: os.toLowerCase(), architecture: 'arm', variant: variant || 'v6' };
  return {
    os: os.toLowerCase(),
    architecture: architectures.get(lower) ?? lower,
    variant: /^[0-9]/.test(variant) ? `v${variant}` : variant,
  };
}

/** `linux/arm64/v8`. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os || 'unknown', architecture || 'unknown', variant].filter((part) => part !== '').join('/');
}

/** How well an image fits: 0 is best, `undefined` not at all. What an image does not say fits. */
export function platformRank(wanted: Platform, image: Platform): number | undefined {
  if (image.os !== '' && image.os !== wanted.os) return undefined;
  if (image.architecture !== '' && image.architecture !== wanted.architecture) return undefined;
  const accepted = wanted.variant === '' ? (plainVariants.get(wanted.architecture) ?? ['']) : [wanted.variant, ''];
  const rank = accepted.indexOf(image.variant);
  return rank < 0 ? undefined : rank;
}
