import { expect } from 'vitest';
import { check, repair, type CheckConfig } from '../../src/core/check/store.ts';
import type { Finding } from '../../src/core/check/finding.ts';
import { noIdMaps } from '../../src/core/id-map.ts';
import { strays } from './crashes.ts';
import { readView } from './view.ts';
import { homeOf, refuse, type Machine } from './world.ts';

/** How the machine's store is looked at. */
export function configOf({ host, directory }: Machine): CheckConfig {
  return { host, root: directory, durability: 'none', idMaps: noIdMaps, warn: refuse };
}

/**
 * A check changes nothing and finds what the end of a process has left; a repair mends all of it, and then there is nothing to
 * find.
 */
export async function mendsWhatIsLeft(machine: Machine): Promise<void> {
  if (machine.host.fs.lstatIfExists(homeOf(machine)) === undefined) return;
  const config = configOf(machine);
  const { name } = machine.driver;
  const before = readView(machine.host, machine.directory);
  const found = await check(name, config);
  expect(readView(machine.host, machine.directory)).toEqual(before);
  if (leftIn(machine).length > 0) expect(found).not.toEqual([]);
  const { mended, left } = await repair(name, config);
  expect(left).toEqual([]);
  expect(mended.map(shown)).toEqual(expect.arrayContaining(found.map(shown)));
  expect(await check(name, config)).toEqual([]);
  expect(leftIn(machine)).toEqual([]);
}

function shown({ path, what }: Finding): string {
  return `${path}: ${what}`;
}

/** What was left in the home. That somebody holds a layer is no fault, also when that one has ended. */
function leftIn(machine: Machine): readonly string[] {
  return strays(machine).filter((path) => path.startsWith('/') && !/\/(?:holders|merged)$/.test(path));
}
