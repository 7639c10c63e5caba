import { replayFiles, reportJson, reportLines, shortestPrefixes, type ReplaySummary } from '../../oracle/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { countOption } from '../oracle/count.ts';
import { targetOf } from '../oracle/target.ts';
import { UsageError } from '../usage-error.ts';

/** `graphdriver replay TRACE…` */
export async function replay(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const jobs = countOption(args, 'jobs', { min: 1, usual: 1 });
  const only = args.text('only');
  const script = args.flag('script');
  if (script && context.json) throw new UsageError('--script and --json: there is one output only');
  const target = await targetOf(context);
  const { signal } = context;
  const which = { jobs, ...(only === undefined ? {} : { only }), ...(script ? { keep: 1 } : {}) };
  const summary = await replayFiles(args.positionals, target, { ...which, signal });
  const prefixes = await shortestPrefixes({ target, traces: summary.first }, signal);
  if (script) await printScript(context, summary, prefixes[0]?.script);
  else if (context.json) await context.printJson(reportJson({ target, summary, prefixes }));
  else await context.printLines(...reportLines({ target, summary, prefixes }));
  return summary.divergences === 0 ? 0 : 1;
}

/** The script of the first divergence on standard output, where it can be redirected to a file. */
async function printScript(
  context: CommandContext,
  { traces, divergences }: ReplaySummary,
  script: string | undefined,
): Promise<void> {
  if (script !== undefined) await context.stdout.write(script);
  await context.warn(
    divergences === 0 ? `nothing diverges in ${traces} traces: no script` : `${divergences} divergences`,
  );
}
