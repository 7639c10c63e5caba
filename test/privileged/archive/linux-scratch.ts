import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MNT_DETACH, pathFromText, type Host } from '../../../src/host/index.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import type { Scratch, Scratches } from '../../property/archive/scratch.ts';

/** Why layers cannot be unpacked on this kernel, or `undefined`. */
export function whyNoScratch(): string | undefined {
  const result = linuxHost();
  if (!result.ok) return result.reason;
  return process.getuid?.() === 0 ? undefined : 'this is not root';
}

/** Directories on one tmpfs of this kernel. */
export class LinuxScratches implements Scratches {
  readonly #host: Host;
  readonly #directory: string;
  #count = 0;

  constructor() {
    const result = linuxHost();
    if (!result.ok) throw new Error(result.reason);
    this.#host = result.host;
    this.#directory = mkdtempSync(join(tmpdir(), 'graphdriver-archive-'));
    this.#host.mount.mount('archive', pathFromText(this.#directory), 'tmpfs', 0, 'mode=755');
  }

  async run<T>(action: (scratch: Scratch) => Promise<T>): Promise<T> {
    this.#count += 1;
    const directory = join(this.#directory, String(this.#count));
    mkdirSync(directory);
    try {
      return await action({ host: this.#host, directory: pathFromText(directory) });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  end(): void {
    this.#host.mount.umount2(pathFromText(this.#directory), MNT_DETACH);
    rmdirSync(this.#directory);
  }
}
