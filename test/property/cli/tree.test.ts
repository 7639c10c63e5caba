import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tarOf, type Member } from '../image/images.ts';
import { MachineUnderTest } from './machine.ts';
import { Recording } from './terminal.ts';

// The tree of a view says of each entry which layer it comes from, and of each deleted name which layer deleted it.

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

const mtime = new Date(1_700_000_000_000);

async function stack(...layers: readonly (readonly Member[])[]): Promise<void> {
  for (const [i, members] of layers.entries()) {
    await machine.ok('create', `layer${i}`, ...(i === 0 ? [] : ['--parent', `layer${i - 1}`]));
    await machine.run(['apply', `layer${i}`], { stdin: await tarOf(members.map((member) => ({ mtime, ...member }))) });
  }
}

const directory = 'directory' as const;

describe('a tree', () => {
  beforeEach(async () => {
    await stack(
      [
        { name: 'bin/', type: directory, mode: 0o755 },
        { name: 'bin/su', content: 'su', mode: 0o4755 },
        { name: 'etc/', type: directory, mode: 0o755 },
        { name: 'etc/passwd', content: 'root\n', mode: 0o644, uid: 1, gid: 2 },
        { name: 'gone/', type: directory, mode: 0o755 },
        { name: 'gone/too', content: '' },
        { name: 'old/', type: directory, mode: 0o755 },
        { name: 'old/file', content: '' },
      ],
      [
        { name: '.wh.gone' },
        { name: 'etc/', type: directory, mode: 0o700 },
        { name: 'etc/null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666 },
        { name: 'old/', type: directory, mode: 0o755 },
        { name: 'old/.wh..wh..opq' },
        { name: 'old/new', content: 'x'.repeat(2000), mode: 0o600 },
      ],
      [
        { name: 'link', type: 'symlink', linkname: 'etc/passwd' },
        { name: 'etc/', type: directory, mode: 0o700 },
        { name: 'etc/.wh.passwd' },
      ],
    );
  });

  test('as text', async () => {
    expect(await machine.ok('tree', 'layer2')).toBe(
      [
        '    2  layer2 (top)',
        '    1  layer1',
        '    0  layer0 (base)',
        '',
        'LAYER  MODE        OWNER             SIZE  NAME',
        '    2  drwxr-xr-x  0:0                     ./',
        '    0  drwxr-xr-x  0:0                     ├── bin/',
        '    0  -rwsr-xr-x  0:0                2 B  │   └── su*',
        '    2  drwx------  0:0                     ├── etc/',
        '    1  crw-rw-rw-  0:0               1, 3  │   ├── null',
        '    2  whiteout                            │   └── passwd ✗ deleted',
        '    1  whiteout                            ├── gone ✗ deleted',
        '    2  lrwxrwxrwx  0:0                     ├── link -> etc/passwd',
        '    1  drwxr-xr-x  0:0                     └── old/ ⊘ opaque',
        '    1  -rw-------  0:0           1.95 KiB      └── new',
        '',
      ].join('\n'),
    );
  });

  test('as JSON, one object an entry', async () => {
    const rows = (await machine.ok('tree', 'layer2', '--json'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(rows.slice(0, 3)).toEqual([
      { path: '.', type: 'directory', layer: 'layer2', mode: 0o755, uid: 0, gid: 0 },
      { path: 'bin', type: 'directory', layer: 'layer0', mode: 0o755, uid: 0, gid: 0 },
      { path: 'bin/su', type: 'file', layer: 'layer0', mode: 0o4755, uid: 0, gid: 0, size: 2 },
    ]);
    expect(rows).toContainEqual({ path: 'etc/passwd', type: 'whiteout', layer: 'layer2' });
    expect(rows).toContainEqual({ path: 'gone', type: 'whiteout', layer: 'layer1' });
    expect(rows).toContainEqual({
      path: 'old',
      type: 'directory',
      layer: 'layer1',
      mode: 0o755,
      uid: 0,
      gid: 0,
      opaque: true,
    });
    expect(rows).toContainEqual({
      path: 'etc/null',
      type: 'character-device',
      layer: 'layer1',
      mode: 0o666,
      uid: 0,
      gid: 0,
      rdev: '1:3',
    });
    expect(rows).toContainEqual({
      path: 'link',
      type: 'symlink',
      layer: 'layer2',
      mode: 0o777,
      uid: 0,
      gid: 0,
      target: 'etc/passwd',
    });
  });

  test('has colours on a terminal only', async () => {
    const { stdout } = await machine.run(['tree', 'layer2'], { stdout: new Recording({ terminal: true }) });

    expect(stdout.replace(/\x1b\[[0-9;]*m/g, '')).toBe(await machine.ok('tree', 'layer2'));
    expect(stdout).toContain('\x1b[');
  });

  test('of the base layer has one layer', async () => {
    expect(await machine.ok('tree', 'layer0')).toContain('    0  layer0 (top)\n\nLAYER');
    const layers = (await machine.ok('tree', 'layer0', '--json')).match(/"layer":"[^"]*"/g);
    expect(new Set(layers)).toEqual(new Set(['"layer":"layer0"']));
  });
});
