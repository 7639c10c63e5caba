import type { HostRecord, OpRecord } from '../records.ts';
import type { Step, Trace } from '../trace-reader.ts';
import { expectation } from './expectation.ts';
import { pythonHost } from './python-host.ts';
import { pythonOp } from './python-op.ts';
import { pythonText, shellWord } from './quote.ts';
import { shellHost, shellOp, treeCommand } from './shell.ts';

/**
 * The commands of a trace: shell commands where there is a tool that makes the very call, Python (after pythonPrelude) where
 * there is none, and for everything while a descriptor is open, because only one process can hold it.
 */
export function shellBody(trace: Trace, steps: readonly Step[]): readonly string[] {
  const body = new ShellBody(trace);
  for (const [number, { record }] of steps.entries()) {
    if (record.t === 'op') body.op(number, record);
    else if (record.t === 'host') body.host(number, record);
    else if (record.t === 'dump') body.dump(number, record.at);
  }
  return body.end();
}

/** How a part in Python begins. */
export const pythonStart = "python3 - <<'END'";

class ShellBody {
  readonly #lines: string[] = [];
  readonly #path: (traced: string) => string;
  readonly #groups: string;
  readonly #open = new Set<number>();
  #python: string[] = [];
  #caller = '0, 0';
  #opened = 0;
  /** How many descriptors the parts before the current one have opened: numbers are counted on. */
  #openedBefore = 0;

  constructor({ header }: Trace) {
    const mnt = (header.mnt ?? '').replace(/^\//, '');
    this.#path = (traced) => (traced === '.' ? mnt : `${mnt}/${traced}`);
    this.#groups = header.suite === 'unionmount' ? '[0]' : '[]';
  }

  op(number: number, record: OpRecord): void {
    const command = this.#open.size === 0 ? shellOp(record, this.#path) : undefined;
    if (command !== undefined) {
      this.#shell(`t ${number} ${shellWord(expectation(record))} ${command}`);
      return;
    }
    this.#become((record.as ?? [0, 0]).join(', '));
    this.#pythonStep(number, expectation(record), pythonOp(record, this.#path));
    if (record.op === 'close') this.#open.delete(record.fd);
    if (record.op === 'open' && typeof record.r === 'number') {
      this.#open.add(record.r);
      this.#opened += 1;
    }
  }

  host(number: number, record: HostRecord): void {
    if (this.#open.size > 0) {
      this.#become('0, 0');
      this.#pythonStep(
        number,
        expectation(record),
        pythonHost(record, (absolute) => `.${absolute}`),
      );
      return;
    }
    const command = shellHost(record) ?? ':';
    const mayFail = record.op === 'lstat' || record.e !== undefined;
    this.#shell(mayFail ? `t ${number} ${shellWord(expectation(record))} sh -ec ${shellWord(command)}` : command);
  }

  dump(number: number, at: string): void {
    this.#shell(`echo ${shellWord(`${number}: tree of ${at}`)}; ${treeCommand(`.${at}`)}`);
  }

  end(): readonly string[] {
    this.#endPython();
    return this.#lines;
  }

  #shell(command: string): void {
    this.#endPython();
    this.#lines.push(command);
  }

  #become(caller: string): void {
    if (caller === this.#caller) return;
    this.#python.push(`assume(${caller}, ${this.#groups})`);
    this.#caller = caller;
  }

  #pythonStep(number: number, expected: string, call: string): void {
    this.#python.push(`step(${number}, ${pythonText(expected)}, ${pythonText(call)})`);
  }

  #endPython(): void {
    if (this.#python.length === 0) return;
    const counted = this.#openedBefore > 0 ? [`fds = dict.fromkeys(range(${this.#openedBefore}), -1)`] : [];
    this.#lines.push(pythonStart, runPrelude, ...counted, ...this.#python, 'END');
    this.#openedBefore = this.#opened;
    this.#python = [];
    this.#caller = '0, 0';
  }
}

/** The first line of every part in Python: the script has written the prelude into a file. */
export const runPrelude = `exec(open(__import__('os').environ['T'] + '/trace.py').read())`;
