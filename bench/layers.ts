import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { layerId } from '../src/core/layer-id.ts';
import { applying, linking, ours, writing } from './layers/archives.ts';
import { debianLayer } from './layers/debian-layer.ts';
import { ContainersStorage, type Work } from './layers/containers-storage.ts';
import { holding, holdsPerRound, livesPerRound, living, roundsToWarmUp } from './layers/life.ts';
import { median, race, ratio, type Runner } from './layers/race.ts';
import { onScratch, type Scratch } from './layers/scratch.ts';
import { openOverlay2, readWhole } from './layers/store.ts';
import type { Conditions, Figure } from './suite.ts';

export const name = 'layers';
export const description =
  "a base layer of Debian's packages through overlay2 on tmpfs, against tar, cp and containers/storage (as a command, and as a library in a Go program), in turn";

export function run(conditions: Conditions): Promise<readonly Figure[]> {
  return onScratch(layerFigures, conditions);
}

async function layerFigures(scratch: Scratch, { rounds, note }: Conditions): Promise<readonly Figure[]> {
  const tar = debianLayer(scratch.directory);
  const command = containersStorage(scratch, note);
  const library = ContainersStorage.start(scratch, tar);
  if (library === undefined) note("without Debian's packages of Go and its library containers/storage");
  const inProcess = (work: Work): readonly Runner[] => (library === undefined ? [] : [library.runner(work)]);
  const root = scratch.path('store');
  const driver = await openOverlay2(root);
  const base = layerId('base');
  await driver.createFromDiff(base, '', readWhole(tar));
  fillStorage(command, base, tar);
  const tree = join(root, 'overlay2', base, 'diff');
  const lives = [living(driver, base), ...inProcess(`lives ${livesPerRound}`)];
  const holds = [await holding(driver, base), ...inProcess(`holds ${holdsPerRound}`)];
  const figures = [
    ...(await compared('ApplyDiff', [...applying(driver, tar, scratch, command), ...inProcess('apply')], rounds)),
    ...(await compared('Diff', [...writing(driver, base, tree, command), ...inProcess('diff')], rounds)),
    ...(await compared('hard-link farm of overlay', linking(tree, scratch), rounds)),
    ...(await compared(`${livesPerRound} containers' lives`, lives, rounds, roundsToWarmUp)),
    ...(await compared(`${holdsPerRound} times get and put, 100 layers`, holds, rounds)),
    {
      what: 'memory of ApplyDiff and Diff',
      measure: ours,
      value: peak(scratch.path('peak'), tar),
      unit: 'MiB',
    } as const,
  ];
  await library?.end();
  await driver.cleanup();
  return figures;
}

/** How the command of containers-storage is called, `[]` where there is none. */
function containersStorage(scratch: Scratch, note: Conditions['note']): readonly string[] {
  const where = [
    '--graph',
    scratch.path('storage'),
    '--run',
    scratch.path('storage-run'),
    '--storage-driver',
    'overlay',
  ];
  if (spawnSync('containers-storage', ['status', ...where]).status === 0) return ['containers-storage', ...where];
  note('without containers-storage, which is not installed');
  return [];
}

function fillStorage([program, ...where]: readonly string[], id: string, tar: string): void {
  if (program === undefined) return;
  execFileSync(program, ['create-layer', ...where, '--id', id]);
  execFileSync(program, ['applydiff', ...where, '--file', tar, id]);
}

async function compared(
  what: string,
  runners: readonly Runner[],
  rounds: number,
  warmUp?: number,
): Promise<readonly Figure[]> {
  const costs = await race(runners, rounds, warmUp);
  const own = costs.get(ours)?.map(({ wall }) => wall) ?? [];
  const others = runners.map(({ name }) => name).filter((name) => name !== ours);
  const against = (other: string): readonly Figure[] => [
    {
      what: `${what}, of ${other}`,
      measure: 'processor time',
      value: ratio(costs, 'processor', ours, other),
      unit: '×',
    },
    { what: `${what}, of ${other}`, measure: 'wall time', value: ratio(costs, 'wall', ours, other), unit: '×' },
  ];
  return [seconds(what, median(own)), ...others.flatMap(against)];
}

function seconds(what: string, value: number): Figure {
  return { what, measure: ours, value, unit: 's' };
}

/** The most memory of a process that does nothing else, in MiB. */
function peak(root: string, tar: string): number {
  const program = join(import.meta.dirname, 'layers/peak.ts');
  return (
    Number(execFileSync(process.execPath, ['--import', 'tsx', program, root, tar], { encoding: 'utf8' })) / 2 ** 20
  );
}
