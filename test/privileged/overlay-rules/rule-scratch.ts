import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { MNT_DETACH, join, pathFromText, type Path, type SyscallHost } from '../../../src/host/index.ts';
import { Bench } from '../../rules/bench.ts';
import type { Rule } from '../../rules/rule.ts';
import { KernelLog } from './kernel-log.ts';

/** A tmpfs of the running kernel on which rules are checked, each in a directory of its own. */
export class RuleScratch {
  readonly #host: SyscallHost;
  readonly #directory: string;
  readonly #log = new KernelLog();

  constructor() {
    const result = linuxHost();
    if (!result.ok) throw new Error(result.reason);
    this.#host = result.host;
    this.#directory = mkdtempSync(`${tmpdir()}/graphdriver-rules-`);
    this.#host.mount.mount('rules', this.#path(), 'tmpfs', 0, 'mode=755');
  }

  check(rule: Rule): void {
    const base = join(this.#path(), String(rule.number));
    this.#host.fs.mkdir(base, 0o755);
    const bench = new Bench({ host: this.#host, base, takeLog: () => this.#log.take() });
    try {
      rule.check(bench);
    } finally {
      bench.end();
    }
  }

  end(): void {
    this.#host.mount.umount2(this.#path(), MNT_DETACH);
    rmdirSync(this.#directory);
    this.#log.close();
  }

  #path(): Path {
    return pathFromText(this.#directory);
  }
}
