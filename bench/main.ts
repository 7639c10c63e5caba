/**
 * `npm run bench -- [SUITE…] [--json] [--rounds N] [--milliseconds N]`: runs the suites that are named, or all of them. With
 * `--json` standard output is one JSON object; what is said to people is on standard error.
 */
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { figureTable } from './show.ts';
import type { Conditions, Suite } from './suite.ts';
import { suites } from './suites.ts';

interface Request {
  readonly suites: readonly Suite[];
  readonly json: boolean;
  readonly conditions: Conditions;
}

const help = `npm run bench -- [OPTION…] [SUITE…]: the suites that are named, or all of them

${suites.map(({ name, description }) => `  ${name.padEnd(9)} ${description}`).join('\n')}

  --rounds N        measurements of each thing, in turn (15)
  --milliseconds N  the least time of one (10)
  --json            one JSON object on standard output; what is said to people is on standard error`;

/** What is asked for, `undefined` for help. @throws Error for wrong usage */
function requestOf(args: readonly string[]): Request | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '15' },
      milliseconds: { type: 'string', default: '10' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    suites: positionals.length === 0 ? suites : positionals.map(suiteNamed),
    json: values.json,
    conditions: {
      rounds: countOf(values.rounds, '--rounds'),
      milliseconds: countOf(values.milliseconds, '--milliseconds'),
      note: (text) => {
        console.error(text);
      },
    },
  };
}

function suiteNamed(name: string): Suite {
  const suite = suites.find((each) => each.name === name);
  if (suite === undefined) {
    throw new Error(`there is no suite "${name}"; there are ${suites.map((each) => each.name).join(', ')}`);
  }
  return suite;
}

function countOf(text: string, option: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${option} ${text}: it must be a whole number from 1`);
  return count;
}

async function bench({ suites: wanted, json, conditions }: Request): Promise<void> {
  const machine = { node: process.version, kernel: release(), processor: cpus()[0]?.model ?? 'unknown' };
  const results: object[] = [];
  for (const { name, description, run } of wanted) {
    if (!json) console.log(`${name}: ${description}`);
    const figures = await run(conditions);
    if (!json) console.log(`${figureTable(figures).join('\n')}\n`);
    results.push({ name, description, figures });
  }
  if (json) console.log(JSON.stringify({ machine, rounds: conditions.rounds, suites: results }));
  else console.log(`node ${machine.node}, Linux ${machine.kernel}, ${machine.processor}; ${conditions.rounds} rounds`);
}

async function main(args: readonly string[]): Promise<void> {
  let request: Request | undefined;
  try {
    request = requestOf(args);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
    return;
  }
  if (request === undefined) console.log(help);
  else await bench(request);
}

await main(process.argv.slice(2));
