import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whyNoMounts } from '../linux-world.ts';
import { binaries, Graphdriver, run, Scratch } from './binary.ts';
import { forms } from '../../property/cli/tricky.ts';

// A container's life on the real kernel: every step is a process of its own, the files are changed with ordinary tools.

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: the command with a container on this kernel: ${why}`);

const [image = ''] = forms;

describe.skipIf(why !== undefined)('a container', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => {
    scratch.end();
  });

  test.each(Object.keys(binaries))('lives and leaves nothing behind (%s)', (binary) => {
    const graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')], binary);
    const { top } = graphdriver.json('load', image) as { top: string };
    const layersBefore = graphdriver.json('list');

    expect(graphdriver.json('create', 'c', '--parent', top.slice(0, 12), '--read-write')).toEqual({
      id: 'c',
      parent: top,
    });
    const { path } = graphdriver.json('mount', 'c') as { path: string };
    expect(graphdriver.ok('mount', 'c')).toBe(`${path}\n`);
    expect(readFileSync(join(path, 'end'), 'utf8')).toBe('end\n');

    run(
      'sh',
      '-ec',
      'cd "$0"; echo more >> end; rm etc/passwd; mkdir etc/new; echo 1 > etc/new/file; mv casa home',
      path,
    );
    run('chmod', '700', join(path, 'bin'));

    expect(graphdriver.json('changes', 'c')).toEqual([
      { kind: 'C', path: '/bin' },
      { kind: 'D', path: '/casa' },
      { kind: 'C', path: '/end' },
      { kind: 'C', path: '/etc' },
      { kind: 'A', path: '/etc/new' },
      { kind: 'A', path: '/etc/new/file' },
      { kind: 'D', path: '/etc/passwd' },
      { kind: 'A', path: '/home' },
      { kind: 'A', path: '/home/u' },
    ]);
    expect(graphdriver.ok('changes', 'c').split('\n')[0]).toBe('C /bin');

    const archive = scratch.path('c.tar');
    graphdriver.ok('diff', 'c', '-o', archive);
    expect(run('tar', '-tf', archive).trim().split('\n').sort()).toEqual([
      '.wh.casa',
      'bin/',
      'end',
      'etc/',
      'etc/.wh.passwd',
      'etc/new/',
      'etc/new/file',
      'home/',
      'home/u/',
    ]);
    expect(run('tar', '-xOf', archive, 'end')).toBe('end\nmore\n');
    const packed = scratch.path('c.tar.gz');
    run('sh', '-ec', 'gzip -c "$0" > "$1"', archive, packed);

    const digest = run('sha256sum', archive).split(' ')[0] ?? '';
    graphdriver.ok('create', 'copy', '--parent', top);
    const applied = graphdriver.json('apply', 'copy', packed);
    expect(applied).toEqual({
      id: 'copy',
      size: (graphdriver.json('size', 'copy') as { size: number }).size,
      diffId: `sha256:${digest}`,
    });
    expect(graphdriver.ok('changes', 'copy')).toBe(graphdriver.ok('changes', 'c'));

    expect(graphdriver.json('inspect', 'c')).toMatchObject({
      id: 'c',
      parent: top,
      mounted: true,
      metadata: { MergedDir: path },
    });
    graphdriver.ok('unmount', 'c');
    expect(scratch.mounts()).toEqual([path]);
    expect(graphdriver.json('unmount', 'c')).toEqual({ id: 'c', path });
    expect(scratch.mounts()).toEqual([]);

    graphdriver.ok('remove', 'c');
    graphdriver.ok('remove', 'copy');
    expect(graphdriver.run('exists', 'c')).toMatchObject({ status: 1, stdout: 'c does not exist\n' });
    expect(graphdriver.json('list')).toEqual(layersBefore);
    expect(existsSync(path)).toBe(false);
  });

  test('that is mounted is not removed, and cleanup unmounts it', () => {
    const graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')]);
    graphdriver.ok('create', 'base');
    graphdriver.ok('create', 'c', '--parent', 'base', '--read-write');
    graphdriver.ok('mount', 'c');
    const { status, stderr } = graphdriver.run('remove', 'c');
    expect({ status, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toMatch(/EBUSY|busy|in use|mounted/i);
    graphdriver.ok('cleanup');
    expect(scratch.mounts()).toEqual([]);
    graphdriver.ok('remove', 'c');
  });
});
