import type { JsonObject } from '../../oracle/schema.ts';
import type { CommandContext } from '../context.ts';
import { writeFileWhole } from '../write-file.ts';

/** What is said of a file of traces that was written. */
export interface Written {
  readonly traces: number;
  /** How large it is, or where it is from. */
  readonly words: string;
  /** The same with `--json`, besides the file and the number of its traces. */
  readonly json: JsonObject;
}

/** Writes a file of traces and says so; with `-`, writes it to the standard output without a word. */
export async function writeTraces(
  context: CommandContext,
  output: string,
  bytes: Uint8Array,
  { traces, words, json }: Written,
): Promise<void> {
  if (output === '-') {
    await context.stdout.write(bytes);
    return;
  }
  await writeFileWhole(output, [bytes]);
  if (context.json) await context.printJson({ file: output, traces, ...json });
  else await context.printLines(`${output}: ${traces} ${traces === 1 ? 'trace' : 'traces'}, ${words}`);
}
