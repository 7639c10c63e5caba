import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addDockerImage, archiveOf, sha256, tarOf, type FileMap } from '../image/images.ts';
import { zstdFrame } from '../image/streams.ts';
import { interruptedAtInput } from './command-line.ts';
import { MachineUnderTest } from './machine.ts';
import { Recording } from './terminal.ts';

// Every command on a simulated machine that is kept in a file: what it prints, in words and as JSON, and what it leaves.

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

const mtime = new Date(1_700_000_000_000);
const baseMembers = [
  { name: 'etc/', type: 'directory' as const, mtime },
  { name: 'etc/hosts', content: 'localhost\n', mtime },
  { name: 'etc/passwd', content: 'root\n', mtime },
  { name: 'srv/', type: 'directory' as const, mtime },
  { name: 'srv/old', content: 'old', mtime },
];
const topMembers = [
  { name: 'etc/', type: 'directory' as const, mtime },
  { name: 'etc/.wh.passwd', mtime },
  { name: 'etc/hosts', content: 'localhost\n127.0.0.1\n', mtime },
  { name: 'link', type: 'symlink' as const, linkname: 'etc/hosts', mtime },
  { name: 'srv/', type: 'directory' as const, mtime },
  { name: 'srv/.wh..wh..opq', mtime },
  { name: 'srv/new', content: 'new', mtime, mode: 0o755 },
];

/** Two layers, `base` and `top`; answers the archive of the upper one. */
async function makeLayers(): Promise<Buffer> {
  const [base, top] = await Promise.all([tarOf(baseMembers), tarOf(topMembers)]);
  await machine.ok('create', 'base');
  await machine.run(['apply', 'base'], { stdin: base });
  await machine.ok('create', 'top', '--parent', 'base');
  await machine.run(['apply', 'top', '-'], { stdin: top });
  return top;
}

describe('create and apply', () => {
  test('answer ids, sizes and digests', async () => {
    const archive = await tarOf(baseMembers);
    expect(await machine.json('create', 'base')).toEqual({ id: 'base', parent: '' });
    expect(await machine.json('create', 'child', '--parent', 'base')).toEqual({ id: 'child', parent: 'base' });
    expect(await machine.json('create', 'c', '--parent', 'child', '--read-write')).toEqual({
      id: 'c',
      parent: 'child',
    });
    expect(await machine.ok('create', 'plain')).toBe('plain\n');
    writeFileSync(machine.path('base.tar'), archive);
    const applied = await machine.json('apply', 'base', machine.path('base.tar'));
    expect(applied).toEqual({ id: 'base', size: 18, diffId: sha256(archive) });
    expect(await machine.json('size', 'base')).toEqual({ id: 'base', size: 18 });
    expect(await machine.ok('size', 'base')).toBe('18 B\n');
  });

  test('take packed archives, and the digest is of the unpacked one', async () => {
    const archive = await tarOf(baseMembers);
    for (const [id, packed] of Object.entries({ gzip: gzipSync(archive), zstd: zstdFrame(archive) })) {
      await machine.ok('create', id);
      writeFileSync(machine.path(id), packed);
      expect(await machine.json('apply', id, machine.path(id))).toMatchObject({ diffId: sha256(archive) });
    }
  });

  test('name the archive that is wrong', async () => {
    await machine.ok('create', 'base');
    writeFileSync(machine.path('bad.tar'), 'this is text, and more than one block of it. '.repeat(30));
    const { status, stdout, stderr } = await machine.run(['apply', 'base', machine.path('bad.tar')]);
    expect(stderr).toMatch(/^graphdriver apply: .*bad\.tar: [^\n]*byte 0 of the archive[^\n]*\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  test('refuse what would have to be typed', async () => {
    await machine.ok('create', 'base');
    expect(await machine.run(['apply', 'base'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not read from a terminal') as string,
    });
    expect((await machine.run(['load', '-'])).status).toBe(2);
  });
});

describe('changes and diff', () => {
  test('tell what a layer changes', async () => {
    await makeLayers();
    expect(await machine.ok('changes', 'top')).toBe(
      ['C /etc', 'C /etc/hosts', 'D /etc/passwd', 'A /link', 'C /srv', 'A /srv/new', 'D /srv/old', ''].join('\n'),
    );
    expect(await machine.json('changes', 'base')).toEqual(
      ['/etc', '/etc/hosts', '/etc/passwd', '/srv', '/srv/old'].map((path) => ({ kind: 'A', path })),
    );
    const whole = (await machine.json('changes', 'top', '--parent', '')) as { kind: string; path: string }[];
    expect(whole.map(({ kind, path }) => kind + path)).toEqual([
      'A/etc',
      'A/etc/hosts',
      'A/link',
      'A/srv',
      'A/srv/new',
    ]);
  });

  test('are painted on a terminal, and safe with odd names', async () => {
    await machine.ok('create', 'odd');
    await machine.run(['apply', 'odd'], { stdin: await tarOf([{ name: 'a\nb\x1b[31m', content: '', mtime }]) });
    expect(await machine.ok('changes', 'odd')).toBe('A /a\\nb\\x1b[31m\n');
    const { stdout } = await machine.run(['changes', 'odd'], { stdout: new Recording({ terminal: true }) });
    expect(stdout).toBe('\x1b[32mA /a\\nb\\x1b[31m\x1b[39m\n');
  });

  test('a diff is an archive that makes the same layer', async () => {
    await makeLayers();
    const { bytes, status } = await machine.run(['diff', 'top']);
    expect(status).toBe(0);
    await machine.ok('create', 'copy', '--parent', 'base');
    await machine.run(['apply', 'copy'], { stdin: bytes });
    expect(await machine.ok('changes', 'copy')).toBe(await machine.ok('changes', 'top'));
    expect((await machine.run(['diff', 'copy'])).bytes).toEqual(bytes);
  });

  test('a diff in a file is there as a whole, or not at all', async () => {
    await makeLayers();
    const file = machine.path('top.tar');
    await machine.ok('diff', 'top', '-o', file);
    const { bytes } = await machine.run(['diff', 'top']);
    expect(readFileSync(file)).toEqual(bytes);
    await machine.ok('diff', 'top', '--output', file, '--parent', 'base');
    expect(readFileSync(file)).toEqual(bytes);
    expect((await machine.run(['diff', 'nowhere', '-o', machine.path('no.tar')])).status).toBe(1);
    expect((await machine.run(['diff', 'top', '-o', machine.path('no/such/directory')])).status).toBe(1);
    expect(readdirSync(machine.directory).sort()).toEqual(['machine', 'top.tar']);
  });

  test('a diff is not written to a terminal', async () => {
    await makeLayers();
    const { status, stdout, stderr } = await machine.run(['diff', 'top'], {
      stdout: new Recording({ terminal: true }),
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('use a pipe or -o FILE');
  });
});

describe('mount and unmount', () => {
  test('count holders over commands', async () => {
    await makeLayers();
    await machine.ok('create', 'c', '--parent', 'top', '--read-write');
    const path = '/var/lib/graphdriver/overlay2/c/merged';
    expect(await machine.json('mount', 'c')).toEqual({ id: 'c', path });
    expect(await machine.ok('mount', 'c')).toBe(`${path}\n`);
    expect(await machine.json('inspect', 'c')).toMatchObject({ mounted: true });
    expect(await machine.json('unmount', 'c')).toEqual({ id: 'c', path });
    expect(await machine.run(['remove', 'c'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('EBUSY') as string,
    });
    expect(await machine.ok('unmount', 'c')).toBe('');
    expect(await machine.json('inspect', 'c')).toMatchObject({ mounted: false });
    expect(await machine.json('remove', 'c')).toEqual({ id: 'c' });
  });

  test('cleanup unmounts everything', async () => {
    await makeLayers();
    await machine.ok('create', 'c', '--parent', 'top', '--read-write');
    await machine.ok('mount', 'c');
    expect(await machine.json('cleanup')).toEqual({ driver: 'overlay2', root: '/var/lib/graphdriver' });
    expect(await machine.json('inspect', 'c')).toMatchObject({ mounted: false });
  });
});

describe('what is there', () => {
  test('exists says so by words and status', async () => {
    await machine.ok('create', 'base');
    expect(await machine.run(['exists', 'base'])).toMatchObject({ status: 0, stdout: 'base exists\n' });
    expect(await machine.run(['exists', 'other'])).toMatchObject({
      status: 1,
      stdout: 'other does not exist\n',
      stderr: '',
    });
    expect(await machine.run(['exists', 'other', '--json'])).toMatchObject({
      status: 1,
      stdout: '{"id":"other","exists":false}\n',
    });
  });

  test('list shows layers, parents, sizes and mounts', async () => {
    expect(await machine.json('list')).toEqual([]);
    await makeLayers();
    await machine.ok('mount', 'top');
    expect(await machine.json('list')).toEqual([
      { id: 'base', parent: '', size: 18, mounted: false },
      { id: 'top', parent: 'base', size: 32, mounted: true },
    ]);
    expect(await machine.ok('list')).toBe(
      ['ID    PARENT  SIZE  MOUNTED', 'base  -       18 B  -', 'top   base    32 B  yes', ''].join('\n'),
    );
  });

  test('list shows a parent before its children', async () => {
    await machine.ok('create', 'z');
    await machine.ok('create', 'm', '--parent', 'z');
    await machine.ok('create', 'b', '--parent', 'm');
    await machine.ok('create', 'a', '--parent', 'z');
    await machine.ok('create', 'c');
    const listed = (await machine.json('list')) as readonly { readonly id: string }[];
    expect(listed.map(({ id }) => id)).toEqual(['c', 'z', 'a', 'm', 'b']);
  });

  test('inspect and status show what the driver knows', async () => {
    await makeLayers();
    const home = '/var/lib/graphdriver/overlay2';
    expect(await machine.json('inspect', 'top')).toEqual({
      id: 'top',
      parent: 'base',
      host: 'sim',
      driver: 'overlay2',
      mounted: false,
      metadata: {
        LowerDir: `${home}/base/diff`,
        MergedDir: `${home}/top/merged`,
        UpperDir: `${home}/top/diff`,
        WorkDir: `${home}/top/work`,
      },
    });
    expect(await machine.ok('inspect', 'top')).toContain(`UpperDir:  ${home}/top/diff\n`);
    const status = (await machine.json('status')) as Record<string, unknown>;
    expect(status).toMatchObject({ host: 'sim', driver: 'overlay2', root: '/var/lib/graphdriver' });
    expect(status.status).toMatchObject({ 'Backing Filesystem': 'tmpfs', 'Supports d_type': 'true' });
    expect(await machine.ok('status')).toContain('Native Overlay Diff: true\n');
  });

  test.each(['mount', 'unmount', 'remove', 'inspect', 'size', 'changes', 'diff', 'tree', 'dump'])(
    '%s of an unknown layer says so in one line',
    async (command) => {
      const { status, stdout, stderr } = await machine.run([command, 'nobody']);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(`^graphdriver ${command}: ENOENT: no such layer[^\\n]*'nobody'; [^\\n]*list[^\\n]*\\n$`),
      );
    },
  );

  test.each(['../x', 'a/b', '.', '', 'x'.repeat(300), 'a\nb'])('the id %j is refused', async (id) => {
    for (const command of ['create', 'mount', 'remove', 'exists']) {
      expect(await machine.run([command, id])).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/invalid layer id [^\n]+\n$/) as string,
      });
    }
  });
});

describe('ids of digests', () => {
  const [one, other] = [`aaaa1${'0'.repeat(59)}`, `aaaa2${'0'.repeat(59)}`];

  test('may be cut to what is unique', async () => {
    await machine.ok('create', one);
    await machine.ok('create', other, '--parent', 'aaaa1');
    expect(await machine.json('inspect', 'aaaa2')).toMatchObject({ id: other, parent: one });
    expect(await machine.run(['size', 'aaaa'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('2 layers begin with aaaa') as string,
    });
    expect(await machine.run(['exists', 'aaa'])).toMatchObject({ status: 1 });
    await machine.ok('remove', 'aaaa2');
    expect(await machine.json('list')).toMatchObject([{ id: one }]);
  });

  test('only: a name is never taken for the beginning of another one', async () => {
    await machine.ok('create', 'beef-cattle');
    expect((await machine.run(['remove', 'beef'])).status).toBe(1);
    expect((await machine.run(['exists', 'beef'])).status).toBe(1);
  });

  test('are short in tables on a terminal', async () => {
    await machine.ok('create', one);
    const { stdout } = await machine.run(['list'], { stdout: new Recording({ terminal: true }) });
    expect(stdout).toContain(`\n${one.slice(0, 12)}  `);
    expect(await machine.ok('list')).toContain(one);
  });
});

describe('load', () => {
  async function imageFile(names: readonly string[][], packed = false): Promise<string> {
    const map: FileMap = new Map();
    for (const [i, each] of names.entries()) {
      addDockerImage(map, { layers: [await tarOf(baseMembers), await tarOf(topMembers.slice(i))], names: each });
    }
    const archive = await archiveOf(map);
    writeFileSync(machine.path('image.tar'), packed ? gzipSync(archive) : archive);
    return machine.path('image.tar');
  }

  test('reads an archive from a file, packed, from a pipe, and unpacked to a directory', async () => {
    const file = await imageFile([['app:1']]);
    const loaded = await machine.json('load', file);
    expect(loaded).toMatchObject({ image: 'app:1', host: 'sim', driver: 'overlay2' });
    await imageFile([['app:1']], true);
    expect(await machine.json('load', file)).toEqual(loaded);
    const piped = await machine.run(['load', '-', '--json'], { stdin: readFileSync(file) });
    expect(JSON.parse(piped.stdout)).toEqual(loaded);
  });

  test('shows a table', async () => {
    const file = await imageFile([['app:1']]);
    const [head = '', base = '', top = '', end = ''] = (await machine.ok('load', file)).split('\n');
    expect(head).toMatch(/^LAYER +ID +DIFFID +SIZE$/);
    expect(base).toMatch(/^ +0 {2}[0-9a-f]{64} {2}[0-9a-f]{12} {2}18 B {2}loaded$/);
    expect(top).toMatch(/^ +1 {2}[0-9a-f]{64} {2}[0-9a-f]{12} {2}32 B {2}loaded$/);
    expect(end).toMatch(/^app:1: 2 layers, 50 B; top [0-9a-f]{64}$/);
    expect(await machine.ok('load', file)).toContain('was there');
  });

  test('says how to choose', async () => {
    const file = await imageFile([['app:1'], ['app:2']]);
    const undecided = await machine.run(['load', file]);
    expect(undecided).toMatchObject({ status: 1, stdout: '' });
    expect(undecided.stderr).toMatch(
      /image\.tar: it holds several images: app:1, app:2; choose one with --ref NAME\n$/,
    );
    expect(await machine.json('load', file, '--ref', 'app:2')).toMatchObject({ image: 'app:2' });
    const missing = await machine.run(['load', file, '--ref', 'app:3']);
    expect(missing.stderr).toMatch(/holds no image "app:3", but app:1, app:2; choose another with --ref NAME\n$/);
    const foreign = await machine.run(['load', file, '--ref', 'app:2', '--platform', 'linux/arm64']);
    expect(foreign.stderr).toMatch(
      /made for linux\/amd64, not for linux\/arm64\/?v?8?; choose another with --platform OS\/ARCH\n$/,
    );
  });

  test('draws a bar on a terminal, and clears it', async () => {
    const { stderr } = await machine.run(['load', await imageFile([['app:1']])], {
      stderr: new Recording({ terminal: true }),
    });
    expect(stderr).toMatch(/layer 1\/2 \[>? +\] +0% 0 B of /);
    expect(stderr.endsWith('\r\x1b[K')).toBe(true);
  });

  test('that is interrupted leaves nothing', async () => {
    const file = await imageFile([['app:1']]);
    const { status, stderr } = await machine.run(['load', file], {
      onInterrupt: (stop) => {
        stop('SIGINT');
      },
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'graphdriver load: stopped by SIGINT\n' });
    expect(await machine.json('list')).toEqual([]);
  });

  test.each(['load', 'apply'])('or an archive to %s is waited for no longer after an interrupt', async (command) => {
    await machine.ok('create', 'base');
    const args = command === 'load' ? ['load', '-'] : ['apply', 'base', '-'];
    const { status, stderr } = await machine.run(args, interruptedAtInput());
    expect({ status, stderr }).toEqual({ status: 1, stderr: `graphdriver ${command}: stopped by SIGINT\n` });
  });

  test('of a directory that is no image', async () => {
    mkdirSync(machine.path('empty'));
    const { status, stderr } = await machine.run(['load', machine.path('empty')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/empty: it is no image/);
    expect(existsSync(machine.file)).toBe(false);
  });
});

describe('whoever reads the output may go', () => {
  test.each(['dump', 'tree', 'diff', 'changes', 'list'])('%s then ends without a word', async (command) => {
    await makeLayers();
    const args = command === 'list' ? ['list'] : [command, 'top'];
    const outcome = await machine.run(args, { stdout: new Recording({ writes: 0 }) });
    expect(outcome).toMatchObject({ status: 1, stderr: '' });
    expect(await machine.json('inspect', 'top')).toMatchObject({ mounted: false });
  });
});

test('options may stand on both sides of the command', async () => {
  const before = await machine.run(['--root', '/elsewhere', 'status', '--json']);
  const after = await machine.run(['status', '--json', '--root', '/elsewhere']);
  expect(before).toEqual(after);
  expect(JSON.parse(before.stdout)).toMatchObject({ root: '/elsewhere' });
  const refused = await machine.run(['-o', 'a=1', 'list', '-o', 'b=2']);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('unknown option a') as string });
});

test('drivers that are not there', async () => {
  expect(await machine.run(['--driver', 'floppy', 'list'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no such driver; there are') as string,
  });
  expect(await machine.run(['list'], { environment: { DOCKER_DRIVER: 'overlay2' } })).toMatchObject({ status: 0 });
});
