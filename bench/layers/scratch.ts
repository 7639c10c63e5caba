import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Conditions, Figure } from '../suite.ts';

/** A tmpfs of the suite's own. `end` unmounts all that is in it. */
export class Scratch {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'graphdriver-bench-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755,size=75%', 'graphdriver-bench', this.directory]);
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  end(): void {
    execFileSync('umount', ['-l', this.directory]);
    rmdirSync(this.directory);
  }
}

/** Runs what needs a tmpfs, and so root; for others it is left out, with a note. */
export async function onScratch(
  run: (scratch: Scratch, conditions: Conditions) => Promise<readonly Figure[]>,
  conditions: Conditions,
): Promise<readonly Figure[]> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    conditions.note('left out: it mounts, and so needs to be root on Linux');
    return [];
  }
  const scratch = new Scratch();
  try {
    return await run(scratch, conditions);
  } finally {
    scratch.end();
  }
}
