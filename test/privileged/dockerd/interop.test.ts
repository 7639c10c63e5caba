import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedLayers, expectedView, ids, rowsOf, timeless, tricky } from '../../property/cli/tricky.ts';
import { Graphdriver } from '../cli/binary.ts';
import { Daemon, whyNoDaemon } from './daemon.ts';

const archive = join(tricky, 'docker-archive.tar');
const why = whyNoDaemon();
if (why !== undefined) console.warn(`SKIPPED: dockerd and these drivers on one data root: ${why}`);
const drivers = ['overlay2', 'overlay', 'vfs'] as const;

describe.skipIf(why !== undefined).each(drivers)('dockerd and this %s share one data root', (driver) => {
  let scratch: string;
  let daemon: Daemon;
  let graphdriver: Graphdriver;

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'graphdriver-interop-'));
    daemon = new Daemon(scratch);
    graphdriver = new Graphdriver(['--host', 'linux', '--driver', driver, '--root', daemon.root]);
  });

  afterAll(async () => {
    await daemon.discard();
    rmSync(scratch, { recursive: true });
  });

  it('shows what dockerd wrote as dockerd saw it', async () => {
    await daemon.start(driver);
    daemon.docker('load', '-i', archive);
    await daemon.stop();
    for (const [n, { chainId }] of expectedLayers(driver).entries()) {
      const seen = graphdriver.ok('dump', daemon.cacheId(driver, chainId));
      expect(timeless(rowsOf(seen)), `view ${n}`).toEqual(expectedView(n));
    }
  });

  it('writes layers that dockerd saves bit for bit', async () => {
    graphdriver.ok('load', archive);
    for (const [n, { chainId }] of expectedLayers(driver).entries()) daemon.setCacheId(driver, chainId, ids[n] ?? '');
    await daemon.start(driver);
    const [name = ''] = daemon.docker('images', '--format', '{{.Repository}}:{{.Tag}}').split('\n');
    const saved = join(scratch, 'saved.tar');
    daemon.docker('save', '-o', saved, name);
    await daemon.stop();
    // Loading compares the digest of each layer, and that of what it holds, with those of the image.
    expect(new Graphdriver(['--host', 'sim']).json('load', saved)).toMatchObject({ top: ids.at(-1) });
  });

  it('fills a layer on which dockerd starts a container', async () => {
    await daemon.start(driver);
    daemon.dockerWith(programImage(scratch, 'written by dockerd\n'), 'import', '-', 'program');
    const chainId = JSON.parse(daemon.docker('inspect', '-f', '{{json .RootFS.Layers}}', 'program')) as string[];
    await daemon.stop();

    // The same id, made anew by this driver with other content: dockerd knows nothing of the exchange.
    const id = daemon.cacheId(driver, chainId[0] ?? '');
    const tar = join(scratch, 'layer.tar');
    writeFileSync(tar, programImage(scratch, 'written by graphdriver\n'));
    graphdriver.ok('remove', id);
    graphdriver.ok('create', id);
    graphdriver.ok('apply', id, tar);

    await daemon.start(driver);
    const run = ['run', '--name', 'reader', '--network', 'none', 'program'];
    expect(daemon.docker(...run, '/bin/cp', '/greeting', '/copy')).toBe('');
    expect(daemon.docker('diff', 'reader')).toContain('A /copy');
    const copy = daemon.docker('cp', 'reader:/copy', '-');
    expect(copy).toContain('written by graphdriver\n');
    daemon.docker('rm', 'reader');
    await daemon.stop();
  });

  it("reads a dockerd container's changes, and dockerd reads changes made here", async () => {
    await daemon.start(driver);
    const container = daemon.docker(
      'create',
      '--name',
      'shared',
      '--network',
      'none',
      'program',
      '/bin/cp',
      '/mine',
      '/seen',
    );
    await daemon.stop();
    const mountId = readFileSync(
      join(daemon.root, 'image', driver, 'layerdb/mounts', container.trim(), 'mount-id'),
      'utf8',
    );
    const { path } = graphdriver.json('mount', mountId) as { path: string };
    writeFileSync(join(path, 'mine'), 'from outside\n');
    rmSync(join(path, 'greeting'));
    graphdriver.ok('unmount', mountId);

    await daemon.start(driver);
    daemon.docker('start', '-a', 'shared');
    expect(
      daemon
        .docker('diff', 'shared')
        .split('\n')
        .sort()
        .filter((line) => line !== ''),
    ).toEqual(['A /mine', 'A /seen', 'D /greeting']);
    await daemon.stop();
    const changes = graphdriver.ok('changes', mountId, '--parent', `${mountId}-init`);
    expect(changes.trim().split('\n')).toEqual(['D /greeting', 'A /mine', 'A /seen']);
  });
});

/** A tar with cp(1), its libraries and a greeting: all that a container needs to copy a file. */
function programImage(scratch: string, greeting: string): Buffer {
  const tree = join(scratch, `image-${createHash('sha256').update(greeting).digest('hex').slice(0, 8)}`);
  const libraries = execFileSync('ldd', ['/bin/cp'], { encoding: 'utf8' }).matchAll(/(\/\S+)/g);
  for (const path of ['/bin/cp', ...[...libraries].map((match) => match[1] ?? '')]) {
    mkdirSync(join(tree, dirname(path)), { recursive: true });
    cpSync(path, join(tree, path), { dereference: true });
  }
  writeFileSync(join(tree, 'greeting'), greeting);
  return execFileSync('tar', ['-C', tree, '-c', '.'], { maxBuffer: 1 << 28 });
}
