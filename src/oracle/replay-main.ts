import { parseArgs } from 'node:util';
import { replayFiles, summaryLines } from './index.ts';

/** For those who work on the simulator: replays trace files and prints what diverges. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: 'string', default: 'sim' },
    jobs: { type: 'string', default: '1' },
    only: { type: 'string' },
    keep: { type: 'string', default: '20' },
  },
});
const summary = await replayFiles(positionals, values.host === 'linux' ? 'linux' : 'sim', {
  jobs: Number(values.jobs),
  keep: Number(values.keep),
  ...(values.only === undefined ? {} : { only: values.only }),
});
console.log(summaryLines(summary).join('\n'));
