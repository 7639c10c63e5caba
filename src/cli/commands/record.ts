import {
  backingFilesystems,
  groupNames,
  isGroupName,
  layouts,
  record as recordTraces,
  TargetUnavailableError,
  type RecordRequest,
} from '../../oracle/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { sizeText } from '../format/size.ts';
import { countOption } from '../oracle/count.ts';
import { writeTraces } from '../oracle/write-traces.ts';
import { UsageError } from '../usage-error.ts';

/** `graphdriver record` */
export async function record(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const output = args.text('output') ?? '-';
  if (output === '-' && context.stdout.isTerminal) {
    throw new UsageError('traces are not written to a terminal; use a pipe or -o FILE');
  }
  if (context.hostChoice.kind === 'sim') {
    throw new UsageError('--host sim: what is right is recorded of a real kernel only');
  }
  const request = requestOf(args);
  const bytes = await recorded(request, context.signal);
  const { group, seed, traces } = request;
  const size = bytes.length;
  await writeTraces(context, output, bytes, { traces, words: sizeText(size), json: { group, seed, size } });
  return 0;
}

function requestOf(args: Arguments): RecordRequest {
  const group = args.text('group') ?? 'default';
  if (!isGroupName(group)) throw new UsageError(`--group ${group}: it must be one of ${groupNames.join(', ')}`);
  const options = args.text('options');
  const layout = oneOf(args, 'layout', layouts);
  const filesystem = oneOf(args, 'filesystem', backingFilesystems);
  if (filesystem === 'btrfs' && layout !== 'same') {
    throw new UsageError('--filesystem btrfs: handles do not tell objects of several btrfs apart; use --layout same');
  }
  return {
    target: 'linux',
    group,
    seed: countOption(args, 'seed', { min: 0, usual: 0 }),
    traces: countOption(args, 'traces', { min: 1, usual: 1 }),
    ops: countOption(args, 'ops', { min: 1, usual: 100 }),
    ...(options === undefined ? {} : { options: mountOptions(options) }),
    ...(layout === undefined ? {} : { layout }),
    ...(filesystem === undefined ? {} : { filesystem }),
  };
}

function oneOf<Word extends string>(args: Arguments, option: string, words: readonly Word[]): Word | undefined {
  const given = args.text(option);
  const known = words.find((word) => word === given);
  if (given !== undefined && known === undefined) {
    throw new UsageError(`--${option} ${given}: it must be one of ${words.join(', ')}`);
  }
  return known;
}

/** Mount options besides the layers, which are the trace's own. */
function mountOptions(text: string): string {
  const layers = text.split(',').find((word) => /^(lowerdir\+?|datadir\+|upperdir|workdir)(=|$)/.test(word));
  if (layers !== undefined) throw new UsageError(`--options ${layers}: the layers are chosen by the seed`);
  return text;
}

async function recorded(request: RecordRequest, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await recordTraces(request, signal);
  } catch (error) {
    if (!(error instanceof TargetUnavailableError)) throw error;
    throw new Error(`what is right is recorded of a real kernel only, and ${error.message}`, { cause: error });
  }
}
