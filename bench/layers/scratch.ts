import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
