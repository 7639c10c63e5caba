import { gzipSync } from 'node:zlib';
import { ask as askKernel } from '../../oracle/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { targetOf } from '../oracle/target.ts';
import { openTraces } from '../oracle/trace-files.ts';
import { writeTraces } from '../oracle/write-traces.ts';

/** `graphdriver ask TRACE…` */
export async function ask(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const output = args.text('output') ?? '-';
  const target = await targetOf(context);
  const opened = await openTraces(context, args.positionals);
  const questions = { files: opened.files, target, only: args.text('only') };
  const { traces, text, notes } = await askKernel(questions, context.signal).finally(() => opened.close());
  for (const note of notes) await context.warn(note);
  const bytes = output.endsWith('.gz') ? gzipSync(text) : Buffer.from(text);
  await writeTraces(context, output, bytes, { traces, words: `answered by ${target}`, json: { host: target } });
  return 0;
}
