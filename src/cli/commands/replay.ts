import { nameOf, replayFiles, reportJson, reportLines, shortestPrefixes } from '../../oracle/index.ts';
import type { ReplayOptions, ReplaySummary, Report, TargetName, TraceFile } from '../../oracle/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { countOption } from '../oracle/count.ts';
import { targetOf } from '../oracle/target.ts';
import { openTraces } from '../oracle/trace-files.ts';
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
  const traces = await openTraces(context, args.positionals);
  const { summary, prefixes } = await reportOf(traces.files, target, { ...which, signal }).finally(() =>
    traces.close(),
  );
  if (script) await printScript(context, summary, prefixes[0]?.script);
  else if (context.json) await context.printJson(reportJson({ target, summary, prefixes }));
  else await context.printLines(...reportLines({ target, summary, prefixes }));
  return summary.divergences === 0 ? 0 : 1;
}

async function reportOf(files: readonly TraceFile[], target: TargetName, options: ReplayOptions): Promise<Report> {
  const summary = await replayFiles(files, target, options);
  const diverging = summary.first.map(({ file: name, trace }) => {
    return { file: files.find((file) => nameOf(file) === name) ?? name, trace };
  });
  const prefixes = await shortestPrefixes({ target, traces: diverging }, options.signal);
  return { target, summary, prefixes };
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
