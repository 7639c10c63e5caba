import { describe, expect, it } from 'vitest';
import { noIdMaps } from '../../../src/core/id-map.ts';
import { layerId, type LayerId } from '../../../src/core/layer-id.ts';
import { NaiveDiff } from '../../../src/core/naive/naive-diff.ts';
import { relinkedNames } from '../../../src/core/naive/relinked.ts';
import { compareTrees } from '../../../src/core/changes/compare-trees.ts';
import { noQuirks } from '../../../src/core/quirks.ts';
import { basename, join, O_CREAT, O_WRONLY, type Host, type Path } from '../../../src/host/index.ts';
import { simHost } from '../../../src/sim/index.ts';
import { refuse } from '../../laws/world.ts';
import { streamOf } from '../../laws/stack.ts';

const [one, other] = [layerId('one'), layerId('other')];

/** A tree of files by groups of names, each group one file. */
function makeTree({ fs }: Host, root: string, groups: readonly (readonly string[])[]): Path {
  fs.mkdir(root as Path, 0o755);
  fs.mkdir(join(root as Path, 'd'), 0o755);
  for (const [first = '', ...further] of groups) {
    const path = join(root as Path, first);
    const fd = fs.open(path, O_WRONLY | O_CREAT, 0o644);
    fs.writeAll(fd, Buffer.from(`content of ${basename(path)[0] ?? ''}`));
    fs.close(fd);
    fs.lutimens(path, { sec: 1, nsec: 0 }, { sec: 1, nsec: 0 });
    for (const name of further) fs.link(path, join(root as Path, name));
  }
  return root as Path;
}

describe('what a diff sends beside the changes', () => {
  it.each<[string, string[][], string[][], string[], string[]]>([
    [
      'is nothing where all names stay',
      [
        ['a', 'b'],
        ['c', 'd/e'],
      ],
      [
        ['a', 'b'],
        ['c', 'd/e'],
      ],
      [],
      [],
    ],
    [
      'are the mates of a new link',
      [['a'], ['b', 'c']],
      [
        ['a', 'x'],
        ['b', 'c'],
      ],
      ['/x'],
      ['/a'],
    ],
    [
      'are all names of a file that has a new one, and no other file',
      [
        ['a', 'b'],
        ['c', 'd/e'],
      ],
      [
        ['a', 'b'],
        ['c', 'd/e', 'x'],
      ],
      ['/x'],
      ['/c', '/d', '/d/e'],
    ],
    [
      'are names that are one file no more, but for the last',
      [['a1', 'a2', 'd/a3']],
      [['a1', 'a2'], ['d/a3']],
      [],
      ['/a1', '/a2'],
    ],
    ['are names that have become one file', [['a1'], ['d/a2']], [['a1', 'd/a2']], [], ['/a1', '/d', '/d/a2']],
    ['is nothing where a name is gone', [['a', 'b', 'c']], [['a', 'b']], ['/c'], []],
  ])('%s', async (_what, before, now, changed, sent) => {
    const host = simHost({});
    const pair = { older: makeTree(host, '/older', before), newer: makeTree(host, '/newer', now) };
    const changes = await compareTrees(host, pair);
    expect(changes.map(({ path }) => path)).toEqual(changed);
    const relinked = (await relinkedNames(host, pair, changes)).map(({ path }) => path);
    expect([...relinked].sort()).toEqual(sent);
  });

  it('is looked for wherever either tree may have been touched', async () => {
    const host = simHost({});
    const pair = {
      older: makeTree(host, '/older', [['d/a1', 'd/a2']]),
      newer: makeTree(host, '/newer', [['d/a1'], ['d/a2']]),
    };
    const sent = async (part: string): Promise<readonly string[]> =>
      (
        await relinkedNames(host, { ...pair, untouched: (path) => path !== part && !path.startsWith(`${part}/`) }, [])
      ).map(({ path }) => path);
    expect([...(await sent('/d'))].sort()).toEqual(['/d', '/d/a1']);
    expect(await sent('/elsewhere')).toEqual([]);
  });
});

describe('the naive differ', () => {
  /** A driver of two trees that counts who holds them. */
  function counted(): { readonly naive: NaiveDiff; readonly held: Map<LayerId, number>; readonly host: Host } {
    const host = simHost({});
    for (const id of [one, other]) makeTree(host, `/${id}`, id === one ? [['a'], ['b']] : [['a']]);
    const held = new Map<LayerId, number>();
    const add = (id: LayerId, n: number): Promise<Path> => {
      held.set(id, (held.get(id) ?? 0) + n);
      return Promise.resolve(`/${id}` as Path);
    };
    const driver = {
      get: (id: LayerId) => add(id, 1),
      put: async (id: LayerId) => {
        await add(id, -1);
      },
    };
    return { naive: new NaiveDiff({ host, driver, warn: refuse, idMaps: noIdMaps, quirks: noQuirks }), held, host };
  }
  const none = new Map([
    [one, 0],
    [other, 0],
  ]);

  it('holds both layers while it compares, the one while it writes, and none afterwards', async () => {
    const { naive, held } = counted();
    const stream = naive.diff(one, other)[Symbol.asyncIterator]();
    await stream.next();
    expect(held).toEqual(
      new Map([
        [one, 1],
        [other, 0],
      ]),
    );
    await stream.return?.();
    expect(held).toEqual(none);
    expect(await naive.changes(one, other)).toEqual([{ kind: 'A', path: '/b' }]);
    expect(await naive.diffSize(one, other)).toBe('content of b'.length);
    expect(held).toEqual(none);
  });

  it('holds nothing after an error', async () => {
    const { naive, held, host } = counted();
    await expect(naive.applyDiff(one, streamOf(Buffer.alloc(512, 1)))).rejects.toThrow();
    host.fs.rename('/other' as Path, '/gone' as Path);
    for (const action of [naive.changes(one, other), naive.diffSize(one, other)]) {
      await expect(action).rejects.toThrow(/^ENOENT/);
    }
    await expect(naive.diff(one, other)[Symbol.asyncIterator]().next()).rejects.toThrow(/^ENOENT/);
    expect(held).toEqual(none);
  });
});
