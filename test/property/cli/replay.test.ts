import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { linesOf, recordedTrace, traceFiles } from '../oracle/files.ts';
import { tamper } from '../oracle/tamper.ts';
import { graphdriver, interruptedAtInput } from './command-line.ts';

// Traces on the simulated kernel, as the command shows them.

const files = traceFiles();
afterEach(() => {
  vi.unstubAllEnvs();
});

const good = recordedTrace('posix-plain-rmdir');

/** A file whose first traces hold one wrong result each, and where. */
function wrong(traces: number): { readonly file: string; readonly changes: ReturnType<typeof tamper>['changes'] } {
  const { content, changes } = tamper(recordedTrace('random-readonly'), 'cli', traces);
  return { file: files.write(`wrong-${traces}.jsonl`, content), changes };
}

interface Shown {
  readonly first: readonly {
    readonly file: string;
    readonly line: number;
    readonly trace: string;
    readonly step: number;
    readonly operation: Readonly<Record<string, unknown>>;
    readonly prefix: readonly unknown[];
  }[];
}

describe('replay', () => {
  test('says that nothing diverges', async () => {
    const { status, stdout, stderr } = await graphdriver(['replay', '--host', 'sim', good]);
    expect(stdout).toMatch(/^sim: 1 files, \d+ traces, [\d,]+ operations in [\d.]+ s \([\d,]+\/s\): no divergence\n$/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('counts as JSON', async () => {
    const { status, stdout } = await graphdriver(['--json', '--host', 'sim', 'replay', good, good]);
    const counts = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    expect(status).toBe(0);
    expect(counts).toMatchObject({ host: 'sim', files: 2, divergences: 0, first: [], notes: [] });
    expect(counts.traces).toBe(2 * ids(good).length);
    expect(Object.values(counts).filter((value) => typeof value === 'number')).toHaveLength(5);
  });

  test('shows each divergence', async () => {
    const { file, changes } = wrong(2);
    const { status, stdout } = await graphdriver(['--host', 'sim', 'replay', file, good]);
    expect(status).toBe(1);
    for (const { trace, line } of changes) expect(stdout).toContain(`${file}:${line}: ${trace}, step `);
    expect(stdout).toMatch(/ {4}expected .+, got .+\n {2}the shortest prefix that still diverges: \d+ /);
  });

  test('shows each divergence as JSON, with 2 processes, of what can be read only once', async () => {
    const { file, changes } = wrong(2);
    const pipe = join(dirname(file), 'pipe');
    spawnSync('mkfifo', [pipe]);
    const temporary = join(dirname(file), 'temporary');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const args = ['--host', 'sim', 'replay', pipe, '-', pipe, '--jobs', '2', '--json'];
    const stdin = gzipSync(readFileSync(file));
    const [{ status, stdout }] = await Promise.all([graphdriver(args, { stdin }), writeFile(pipe, readFileSync(good))]);
    const { first, ...counts } = JSON.parse(stdout) as Shown;
    expect(status).toBe(1);
    expect(counts).toMatchObject({ files: 3, traces: ids(file).length + 2 * ids(good).length });
    const shown = first.map(({ file: from, trace, line }) => ({ from, trace, line }));
    expect(shown).toEqual(changes.map((change) => ({ from: '-', ...change })));
    for (const divergence of first) {
      expect(Object.keys(divergence)).toEqual(expect.arrayContaining(['operation', 'expected', 'got', 'lines']));
      expect(divergence.operation).toHaveProperty('t');
      expect(divergence.prefix.length).toBeGreaterThan(0);
      expect(divergence.prefix.length).toBeLessThanOrEqual(divergence.step + 1);
    }
    expect(readdirSync(temporary).filter((name) => name.startsWith('graphdriver'))).toEqual([]);
  });

  test('waits for the standard input no longer after an interrupt', async () => {
    const { status, stderr } = await graphdriver(['--host', 'sim', 'replay', '-'], interruptedAtInput());
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'graphdriver replay: stopped by SIGINT\n' });
  });

  test('replays the one trace that is asked for', async () => {
    const { file, changes } = wrong(2);
    const trace = changes[1]?.trace ?? '';
    const { status, stdout } = await graphdriver(['--host', 'sim', '--json', 'replay', file, '--only', trace]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ traces: 1, first: [{ trace }] });
  });

  test('prints a script of the first divergence, and none where there is none', async () => {
    const { file, changes } = wrong(2);
    const { status, stdout, stderr } = await graphdriver(['--host', 'sim', 'replay', '--script', file]);
    expect(stdout).toMatch(/^#!\/bin\/sh\n/);
    expect(stdout).toContain(`# Trace ${changes[0]?.trace ?? ''} (${file}:`);
    expect(stderr).toMatch(/^graphdriver: \d+ divergences?\n$/);
    expect(status).toBe(1);
    const none = await graphdriver(['--host', 'sim', 'replay', '--script', good]);
    expect(none).toMatchObject({ status: 0, stdout: '' });
    expect(none.stderr).toMatch(/nothing diverges in \d+ traces: no script/);
  });
});

function ids(file: string): readonly string[] {
  return linesOf(file).filter((line) => /^\{"t": ?"trace"/.test(line));
}

describe('what cannot be replayed is one line and status 1, before anything runs', () => {
  const header = '{"t":"file","suite":"random"}\n';
  test.each<[string, string, RegExp]>([
    ['no JSON', `${header}{"t":"trace","id":"a"}\nnonsense\n`, /bad\.jsonl:3: not JSON/],
    ['another kind of file', '{"name":"x"}\n', /bad\.jsonl:1: the record has no "t"/],
    ['an empty file', '', /bad\.jsonl:0: the file has no "file" record/],
    [
      'an unknown operation',
      `${header}{"t":"trace","id":"a"}\n{"t":"op","op":"fly"}\n`,
      /:3: unknown op operation "fly"/,
    ],
    ['a field that is missing', `${header}{"t":"trace","id":"a"}\n{"t":"op","op":"stat"}\n`, /:3: op stat /],
    ['a trace that is cut off', `${header}{"t":"trace","id":"a"}\n`, /the file ends within trace a/],
  ])('%s', async (_name, content, text) => {
    const bad = files.write('bad.jsonl', content);
    const { status, stdout, stderr } = await graphdriver(['--host', 'sim', 'replay', good, bad]);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^graphdriver replay: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  test.each<[string, () => string, RegExp]>([
    ['a file that is cut', () => files.write('cut.gz', readFileSync(good).subarray(0, 900)), /cut\.gz.*unexpected end/],
    ['no file', () => '/nonexistent/trace', /ENOENT.*'\/nonexistent\/trace'/],
    ['a directory', () => import.meta.dirname, /test\/property\/cli: EISDIR/],
  ])('%s', async (_name, path, text) => {
    const { status, stdout, stderr } = await graphdriver(['--host', 'sim', 'replay', good, path()]);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^graphdriver replay: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  test('an unknown trace', async () => {
    const { status, stderr } = await graphdriver(['--host', 'sim', 'replay', good, '--only', 'nosuch']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'graphdriver replay: no trace is called "nosuch"\n' });
  });
});

describe('wrong usage', () => {
  test.each<[readonly string[], RegExp]>([
    [['replay'], /replay needs TRACE…/],
    [['replay', 'x', '--jobs', '0'], /--jobs 0: it must be a whole number, 1 or more/],
    [['replay', 'x', '--jobs', 'two'], /--jobs two/],
    [['replay', 'x', '--script', '--json'], /one output only/],
    [['replay', 'x', '--host', 'sim:machine'], /traces begin on a fresh machine/],
    [['--driver', 'vfs', 'replay', 'x'], /replay takes no --driver/],
    [['--quirk', 'moby', 'replay', 'x'], /replay takes no --quirk/],
    [['--limit', 'entries=1', 'record'], /record takes no --limit/],
    [['replay', 'x', '--root', '/'], /Unknown option '--root'/],
    [['record', '--host', 'sim'], /recorded of a real kernel only/],
    [['record', '--group', 'x'], /--group x: it must be one of default, all-on/],
    [['record', '--layout', 'x'], /--layout x: it must be one of same, split, multi/],
    [['record', '--filesystem', 'ntfs'], /--filesystem ntfs: it must be one of tmpfs, ext4, xfs, btrfs/],
    [['record', '--filesystem', 'btrfs'], /use --layout same/],
    [['record', '--ops', '0'], /--ops 0/],
    [['record', '--seed', '-1'], /argument is ambiguous|--seed -1/],
    [['record', '--options', 'index=on,upperdir=/x'], /--options upperdir=\/x: the layers are chosen by the seed/],
    [['record', 'x'], /record takes no arguments/],
  ])('%j', async (args, text) => {
    const { status, stdout, stderr } = await graphdriver(args);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^graphdriver (replay|record): [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});
