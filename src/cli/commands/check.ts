import { textFromPath } from '../../host/index.ts';
import type { Finding } from '../../core/check/finding.ts';
import type { Repair } from '../../core/check/home.ts';
import { check as findIn, driversWithHomes, repair, type CheckConfig } from '../../core/check/store.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { shownPath } from '../format/quote.ts';
import { UsageError } from '../usage-error.ts';

/** `graphdriver check` */
export async function check(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const warnings: Promise<void>[] = [];
  const config: CheckConfig = { ...(await context.place()), warn: (message) => warnings.push(context.warn(message)) };
  const rows: Row[] = [];
  const drivers = driversToCheck(context, config);
  for (const driver of drivers) {
    context.signal.throwIfAborted();
    const { mended, left }: Repair = args.flag('repair')
      ? await repair(driver, config)
      : { mended: [], left: await findIn(driver, config) };
    rows.push(...mended.map((finding) => ({ driver, finding, mended: true })));
    rows.push(...left.map((finding) => ({ driver, finding, mended: false })));
  }
  await Promise.all(warnings);
  if (context.json) await context.printJson(rows.map(asJson));
  else await context.printLines(...rows.map(asLine), ...withoutFindings(drivers, rows));
  return rows.some(({ mended }) => !mended) ? 1 : 0;
}

/** @throws UsageError where the driver that is named has nothing there */
function driversToCheck({ driverName }: CommandContext, config: CheckConfig): readonly string[] {
  const there = driversWithHomes(config);
  if (driverName === undefined) return there;
  if (there.includes(driverName)) return [driverName];
  const root = textFromPath(config.root);
  throw new UsageError(
    `--driver ${driverName}: there is nothing of it below ${root}, but ${there.join(', ') || 'nothing'}`,
  );
}

interface Row {
  readonly driver: string;
  readonly finding: Finding;
  readonly mended: boolean;
}

function asJson({ driver, finding, mended }: Row): object {
  const { kind, layer, path, what, remedy } = finding;
  return { driver, kind, layer, path: textFromPath(path), what, remedy: remedy?.words ?? null, mended };
}

/** So that nobody has to wonder whether anything was looked at. */
function withoutFindings(drivers: readonly string[], rows: readonly Row[]): readonly string[] {
  const sound = drivers.filter((name) => !rows.some(({ driver }) => driver === name));
  return drivers.length === 0 ? ['no driver has layers here'] : sound.map((name) => `${name}: nothing is wrong`);
}

function asLine({ finding, mended }: Row): string {
  const { path, what, remedy } = finding;
  const done = mended ? 'mended' : '--repair';
  return `${shownPath(path)}: ${what}${remedy === undefined ? '' : ` (${done}: ${remedy.words})`}`;
}
