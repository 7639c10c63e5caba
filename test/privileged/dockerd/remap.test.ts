import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedLayers, expectedView, ids, rowsOf, timeless, tricky } from '../../property/cli/tricky.ts';
import { Graphdriver, run } from '../cli/binary.ts';
import { Daemon, whyNoDaemon, type Remap } from './daemon.ts';

const archive = join(tricky, 'docker-archive.tar');
const why = whyNoDaemon();
if (why !== undefined) console.warn(`SKIPPED: dockerd with --userns-remap and these drivers on one data root: ${why}`);

const remap: Remap = { users: '500000:3000000', groups: '300000:4000000' };
const maps = ['--uidmap', '0:500000:3000000', '--gidmap', '0:300000:4000000'];

describe.skipIf(why !== undefined).each(['overlay2', 'vfs'] as const)(
  'dockerd with --userns-remap and this %s with maps',
  (driver) => {
    const layers = expectedLayers(driver);
    let scratch: string;
    let daemon: Daemon;
    let graph: string;

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), 'graphdriver-remap-'));
      chmodSync(scratch, 0o711);
      daemon = new Daemon(scratch);
      graph = join(daemon.root, '500000.300000');
      await daemon.start(driver, remap);
      daemon.docker('load', '-i', archive);
      await daemon.stop();
    });

    afterAll(async () => {
      await daemon.discard();
      rmSync(scratch, { recursive: true });
    });

    function graphdriver(root: string): Graphdriver {
      return new Graphdriver(['--host', 'linux', '--driver', driver, '--root', root, ...maps]);
    }

    it('put the same on disk, with the same modes and owners', () => {
      const root = join(scratch, 'ours');
      graphdriver(root).ok('load', archive);
      const theirs = layers.map(({ chainId }) => daemon.cacheId(driver, chainId, graph));
      const [mine, its] = [
        namelessListing(join(root, '500000.300000', driver), ids),
        namelessListing(join(graph, driver), theirs),
      ];
      expect([mine.filter((line) => !its.includes(line)), its.filter((line) => !mine.includes(line))]).toEqual([
        [],
        [],
      ]);
    });

    it('open what the other wrote', async () => {
      const ours = graphdriver(daemon.root);
      const top = layers.length - 1;
      const seen = ours.ok('dump', daemon.cacheId(driver, layers[top]?.chainId ?? '', graph));
      const shifted = expectedView(top).map((row) => ({
        ...row,
        uid: Number(row.uid) + 500_000,
        gid: Number(row.gid) + 300_000,
      }));
      expect(timeless(rowsOf(seen))).toEqual(shifted);

      ours.ok('load', archive);
      for (const [n, { chainId }] of layers.entries()) daemon.setCacheId(driver, chainId, ids[n] ?? '', graph);
      await daemon.start(driver, remap);
      const [name = ''] = daemon.docker('images', '--format', '{{.Repository}}:{{.Tag}}').split('\n');
      const saved = join(scratch, 'saved');
      mkdirSync(saved);
      daemon.docker('save', '-o', `${saved}.tar`, name);
      await daemon.stop();
      run('tar', '-xf', `${saved}.tar`, '-C', saved);
      const digests = run('sh', '-c', 'cd "$1" && sha256sum */layer.tar', 'sh', saved).match(/\b[0-9a-f]{64}(?= )/g);
      expect(digests?.sort()).toEqual(layers.map(({ diffId }) => diffId.replace('sha256:', '')).sort());
    });
  },
);

/** All of a home, with numbers for the names of its layers, and without what only one of the two keeps there (docs/deviations.md). */
function namelessListing(home: string, layers: readonly string[]): readonly string[] {
  const names = layers.flatMap((id, n) => {
    const link = join(home, id, 'link');
    const number = [id, `LAYER${n}`] as const;
    return existsSync(link) ? [number, [readFileSync(link, 'utf8'), `LINK${n}`] as const] : [number];
  });
  const owned = '%P %y %m %U:%G';
  return run('find', home, '-type', 'd', '-printf', `${owned}\n`, '-o', '-printf', `${owned} %l %n %s\n`)
    .split('\n')
    .map((line) => names.reduce((text, [name, number]) => text.replace(name, number), line))
    .filter((line) => !/^(?:backingFsBlockDev|parents)\b/.test(line))
    .filter((line) => !line.startsWith(`LAYER${layers.length - 1}/committed `));
}
