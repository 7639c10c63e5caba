import type { ExitStatus } from '../command.ts';
import type { LayerId, ParentId } from '../../core/layer-id.ts';
import type { CommandContext } from '../context.ts';
import { shortId } from '../format/short-id.ts';
import { sizeText } from '../format/size.ts';
import { table } from '../format/table.ts';
import { mountedLayers } from '../mounted-layers.ts';

/** `graphdriver list`: each layer below those that stand on it, by id beside one another. */
export async function list(context: CommandContext): Promise<ExitStatus> {
  const session = await context.session();
  const { driver } = session;
  const parents = new Map<LayerId, ParentId>();
  for (const id of await driver.list()) parents.set(id, await driver.parentOf(id));
  const ids = bottomUp(parents);
  const mounted = await mountedLayers(session, ids);
  const layers = [];
  for (const [id, parent] of ids.map((id) => [id, parents.get(id) ?? ''] as const)) {
    layers.push({ id, parent, size: await driver.diffSize(id, parent), mounted: mounted.has(id) });
  }
  if (context.json) {
    await context.printJson(layers);
    return 0;
  }
  const shown = context.stdout.isTerminal ? shortId : (id: string) => id;
  const rows = layers.map(({ id, parent, size, mounted }) => [
    shown(id),
    shown(parent) || '-',
    sizeText(size),
    mounted ? 'yes' : '-',
  ]);
  await context.printLines(...table(['ID', 'PARENT', 'SIZE', 'MOUNTED'], rows, ['SIZE']));
  return 0;
}

/** The layers in an order in which they could be created: each behind its parent, otherwise by id. A depth may be great. */
function bottomUp(parents: ReadonlyMap<LayerId, ParentId>): readonly LayerId[] {
  const children = new Map<ParentId, LayerId[]>();
  for (const [id, parent] of parents) {
    const below = parent !== '' && parents.has(parent) ? parent : '';
    children.set(below, [...(children.get(below) ?? []), id]);
  }
  const ordered = new Set<LayerId>();
  const next = [...(children.get('') ?? [])].sort().reverse();
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    ordered.add(id);
    next.push(...(children.get(id) ?? []).sort().reverse());
  }
  // Notes of parents that go in a circle are damage, and still layers.
  return [...ordered, ...[...parents.keys()].filter((id) => !ordered.has(id))];
}
