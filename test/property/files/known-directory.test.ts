import { describe, expect, it } from 'vitest';
import { KnownDirectory } from '../../../src/core/files/known-directory.ts';
import { join, type Host, type Path } from '../../../src/host/index.ts';
import { simHost } from '../../../src/sim/index.ts';
import { realHost, scratchDirectory, whyNoHost } from '../linux-host/real-host.ts';

/** Removes a known directory and makes others under its name, of which one would have its number. */
function isTakenForAnother({ fs }: Host, directory: Path): boolean {
  const path = join(directory, 'known');
  fs.mkdir(path, 0o755);
  const known = new KnownDirectory(fs, path);
  try {
    expect(known.isAt(path)).toBe(true);
    fs.rmdir(path);
    expect(known.isAt(path)).toBe(false);
    const others = Array.from({ length: 20 }, () => {
      fs.mkdir(path, 0o755);
      const same = known.isAt(path);
      fs.rmdir(path);
      return same;
    });
    return others.includes(true);
  } finally {
    known.close();
  }
}

it('a directory is not taken for another of its name, on the simulator', () => {
  expect(isTakenForAnother(simHost(), '/' as Path)).toBe(false);
});

describe.skipIf(whyNoHost !== undefined)('on this kernel', () => {
  const scratch = scratchDirectory();

  it('a directory is not taken for another of its name, also where the filesystem gives numbers again', () => {
    expect(isTakenForAnother(realHost(), scratch.path())).toBe(false);
  });
});
