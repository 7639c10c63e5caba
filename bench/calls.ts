import { createFsFromVolume, Volume, type IFs } from 'memfs';
import type { ReplayTarget } from '../src/oracle/target.ts';
import { targetNamed, TargetUnavailableError } from '../src/oracle/targets.ts';
import { copyUp, readingCases, writingCases, type CallCase } from './calls/cases.ts';
import { Overlay } from './calls/overlay.ts';
import { content, copies, directories, entries, place } from './calls/tree.ts';
import { compare, type Contender } from './compare.ts';
import type { Conditions, Figure } from './suite.ts';

export const name = 'calls';
export const description =
  'calls through the simulated overlay, against the same on bare memfs and through the overlay of the running kernel';

const simulated = 'simulated overlay';
const memfs = 'bare memfs';
const real = "this kernel's overlay";

export async function run(conditions: Conditions): Promise<readonly Figure[]> {
  const targets = [[simulated, await targetNamed('sim')] as const, ...(await thisKernel(conditions))];
  const figures: Figure[] = [];
  for (const one of [...readingCases, ...writingCases]) {
    figures.push(
      ...(await measured(one.name, targets, (overlay) => each(one.overlay(overlay.calls)), conditions, one)),
    );
  }
  figures.push(...(await measured('copy-up, 4 KiB', targets, eachCopyUp, conditions)));
  for (const [, target] of targets) target.close();
  return figures;
}

type Named = readonly [name: string, target: ReplayTarget];

async function thisKernel({ note }: Conditions): Promise<readonly Named[]> {
  try {
    return [[real, await targetNamed('linux')]];
  } catch (error) {
    if (!(error instanceof TargetUnavailableError)) throw error;
    note(`without the running kernel: ${error.message}`);
    return [];
  }
}

type Work = Omit<Contender, 'name'>;

async function measured(
  what: string,
  targets: readonly Named[],
  workOn: (overlay: Overlay) => Work,
  conditions: Conditions,
  { memfs: onMemfs }: Pick<CallCase, 'memfs'> = {},
): Promise<readonly Figure[]> {
  const overlays = targets.map(([name, target]) => ({ name, overlay: new Overlay(target) }));
  try {
    const contenders = overlays.map(({ name, overlay }) => ({ name, ...workOn(overlay) }));
    if (onMemfs !== undefined) contenders.push({ name: memfs, ...each(onMemfs(memfsTree())) });
    const { nanoseconds, ratio } = await compare(contenders, conditions);
    const others = contenders.map(({ name }) => name).filter((name) => name !== simulated);
    return [
      { what, measure: simulated, value: nanoseconds(simulated), unit: 'ns' },
      ...[memfs, real]
        .filter((other) => others.includes(other))
        .map((other): Figure => ({ what, measure: `of ${other}`, value: ratio(simulated, other), unit: '×' })),
    ];
  } finally {
    for (const { overlay } of overlays) overlay.end();
  }
}

function each(once: () => void): Work {
  return {
    run(times) {
      for (let left = times; left > 0; left -= 1) once();
    },
  };
}

function eachCopyUp(overlay: Overlay): Work {
  return {
    ...each(copyUp(overlay.calls)),
    most: copies,
    prepare() {
      overlay.mount();
    },
  };
}

/** The same tree on memfs alone. */
function memfsTree(): IFs {
  const fs = createFsFromVolume(new Volume());
  fs.mkdirSync(place);
  for (const name of directories) fs.mkdirSync(place + name);
  for (const name of entries) fs.writeFileSync(place + name, content);
  return fs;
}
