import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon, whyNoDaemon } from './daemon.ts';

const image = 'test/data/images/tricky';
const why = whyNoDaemon();
if (why !== undefined) console.warn(`SKIPPED: dockerd and this overlay2 on one data root: ${why}`);

interface ExpectedLayer {
  readonly chainId: string;
}

interface Row {
  readonly path: string;
  readonly [field: string]: unknown;
}

/** Runs this project's command on the real kernel, as a user would. */
function graphdriver(root: string, ...parameters: readonly string[]): string {
  const command = ['--import', 'tsx', 'src/cli/main.ts', '--host', 'linux', '--driver', 'overlay2', '--root', root];
  return execFileSync(process.execPath, [...command, ...parameters], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

function jsonLines(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

describe.skipIf(why !== undefined)('dockerd and this overlay2 share one data root', () => {
  let scratch: string;
  let daemon: Daemon;

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'graphdriver-interop-'));
    daemon = new Daemon(scratch);
  });

  afterAll(async () => {
    await daemon.discard();
    rmSync(scratch, { recursive: true });
  });

  it('mounts what dockerd wrote and sees what dockerd saw', async () => {
    await daemon.start('overlay2');
    daemon.docker('load', '-i', `${image}/docker-archive.tar`);
    await daemon.stop();
    const layers = jsonLines(
      readFileSync(`${image}/expected/overlay2/layers.jsonl`, 'utf8'),
    ) as readonly ExpectedLayer[];
    for (const [n, { chainId }] of layers.entries()) {
      const id = daemon.cacheId('overlay2', chainId);
      const seen = rows(graphdriver(daemon.root, 'dump', id));
      expect(seen).toEqual(rows(readFileSync(`${image}/expected/overlay2/view-${n}.jsonl`, 'utf8')));
    }
  });

  it('fills a layer on which dockerd starts a container', async () => {
    await daemon.start('overlay2');
    daemon.dockerWith(programImage(scratch, 'written by dockerd\n'), 'import', '-', 'program');
    const chainId = JSON.parse(daemon.docker('inspect', '-f', '{{json .RootFS.Layers}}', 'program')) as string[];
    await daemon.stop();

    // The same id, made anew by this driver with other content: dockerd knows nothing of the exchange.
    const id = daemon.cacheId('overlay2', chainId[0] ?? '');
    const tar = join(scratch, 'layer.tar');
    writeFileSync(tar, programImage(scratch, 'written by graphdriver\n'));
    graphdriver(daemon.root, 'remove', id);
    graphdriver(daemon.root, 'create', id);
    graphdriver(daemon.root, 'apply', id, tar);

    await daemon.start('overlay2');
    const run = ['run', '--name', 'reader', '--network', 'none', 'program'];
    expect(daemon.docker(...run, '/bin/cp', '/greeting', '/copy')).toBe('');
    expect(daemon.docker('diff', 'reader')).toContain('A /copy');
    const copy = daemon.docker('cp', 'reader:/copy', '-');
    expect(copy).toContain('written by graphdriver\n');
    daemon.docker('rm', 'reader');
    await daemon.stop();
  });

  it("reads a dockerd container's changes, and dockerd reads changes made here", async () => {
    await daemon.start('overlay2');
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
      join(daemon.root, 'image/overlay2/layerdb/mounts', container.trim(), 'mount-id'),
      'utf8',
    );
    const { path } = JSON.parse(graphdriver(daemon.root, '--json', 'mount', mountId)) as { path: string };
    writeFileSync(join(path, 'mine'), 'from outside\n');
    rmSync(join(path, 'greeting'));
    graphdriver(daemon.root, 'unmount', mountId);

    await daemon.start('overlay2');
    daemon.docker('start', '-a', 'shared');
    expect(
      daemon
        .docker('diff', 'shared')
        .split('\n')
        .sort()
        .filter((line) => line !== ''),
    ).toEqual(['A /mine', 'A /seen', 'D /greeting']);
    await daemon.stop();
    const changes = graphdriver(daemon.root, 'changes', mountId, '--parent', `${mountId}-init`);
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

function rows(dump: string): readonly Row[] {
  return (jsonLines(dump) as readonly Row[]).map(withoutLoadTime);
}

/** A directory's time is that of dockerd's own work where the layer holds no entry for it; only the root is such here. */
function withoutLoadTime(row: Row): Row {
  return row.path === '.' ? { ...row, mtime: 0, mtimeNs: 0 } : row;
}
