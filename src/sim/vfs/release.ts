/** A release of Linux by its first two numbers. */
export type Release = `${number}.${number}`;

/** Whether a kernel whose uname says `release` is `wanted` or later. */
export function isAtLeast(release: string, wanted: Release): boolean {
  const [major = 0, minor = 0] = numbers(release);
  const [wantedMajor = 0, wantedMinor = 0] = numbers(wanted);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Every mount asks about each of its options, always with the same few releases. */
const known = new Map<string, readonly number[]>();

function numbers(release: string): readonly number[] {
  let parts = known.get(release);
  if (parts === undefined) known.set(release, (parts = release.split('.').map((part) => Number.parseInt(part, 10))));
  return parts;
}
