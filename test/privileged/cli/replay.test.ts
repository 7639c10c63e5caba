import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lines, recordedTrace, recordedTraces, traceFiles } from '../../property/oracle/files.ts';
import { questionsOf } from '../../property/oracle/questions.ts';
import { tamper } from '../../property/oracle/tamper.ts';
import { whyNotImitated } from '../linux-world.ts';
import { binaries, Graphdriver, run } from './binary.ts';

const why = whyNotImitated();
if (why !== undefined) console.warn(`SKIPPED: traces by the command on this kernel: ${why}`);

const files = traceFiles();
const some = recordedTraces.filter((file) => /(index|userxattr|posix-plain-rmdir)/.test(basename(file)));

describe.skipIf(why !== undefined)('replaying by the command', () => {
  test.each(Object.keys(binaries))('works with several processes on both kernels, from %s', (binary) => {
    for (const host of ['sim', 'linux']) {
      const graphdriver = new Graphdriver(['--host', host], binary);
      const counts = graphdriver.json('replay', '--jobs', '2', ...some);
      expect(counts).toMatchObject({ host, files: some.length, divergences: 0, first: [] });
    }
  });

  test('takes this kernel by itself', () => {
    expect(new Graphdriver([]).json('replay', recordedTrace('posix-plain-rmdir'))).toMatchObject({ host: 'linux' });
  });

  test('shows a wrong result, and a script that shows the right one', () => {
    const { content, changes } = tamper(recordedTrace('random-default'), 'script', 1);
    const file = files.write('wrong.jsonl', content);
    const graphdriver = new Graphdriver(['--host', 'linux']);
    const shown = graphdriver.run('replay', file);
    const [change] = changes;
    expect(shown.stdout).toContain(`${file}:${change?.line ?? 0}: ${change?.trace ?? ''}, step `);
    expect(shown.status).toBe(1);
    const { status, stdout } = graphdriver.run('replay', '--script', file);
    expect(status).toBe(1);
    expect(run('sh', files.write('wrong.sh', stdout))).toMatch(/\n {4}trace: .*\n {4}here: {2}.*\n$/);
  });
});

describe.skipIf(why !== undefined)('asking by the command', () => {
  test.each(Object.keys(binaries))('gets the same answers of both kernels, from %s', (binary) => {
    const traces = ['random-all-on', 'unionmount-ov', 'mounts'].map((name) =>
      files.write(`${name}.jsonl`, questionsOf(recordedTrace(name))),
    );
    const [sim = '', linux = ''] = ['sim', 'linux'].map((host) =>
      new Graphdriver(['--host', host], binary).ok('ask', ...traces),
    );
    expect(linux.match(/"kernel":"[^"]*"/g)).toEqual(traces.map(() => `"kernel":"${release()}"`));
    const answers = (text: string): string => text.replaceAll(/"kernel":"[^"]*"/g, '');
    expect(answers(sim)).toBe(answers(linux));
  });

  test('tells which settings of the machine are not those of the recorded traces', () => {
    const other = files.write('protected_symlinks', '1\n');
    const question = files.write('q.jsonl', questionsOf(recordedTrace('posix-plain-rmdir')));
    const { words } = new Graphdriver(['--host', 'linux']);
    // For this process alone, as the settings are the whole machine's.
    const script = 'mount --bind "$1" /proc/sys/fs/protected_symlinks && shift && exec "$@"';
    const command = [process.execPath, ...words, 'ask', question];
    const { stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', other, ...command], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    expect(stderr).toBe('graphdriver: fs.protected_symlinks is 1 here, traces were recorded with 0\n');
  });

  test('names the line of a call that cannot be made', () => {
    const question = files.write(
      'far.jsonl',
      lines(
        { t: 'file', suite: 'random', mnt: '/m' },
        { t: 'trace', id: 'beyond what a double holds' },
        { t: 'op', op: 'truncate', path: 'f', len: 2 ** 53 },
        { t: 'end' },
      ),
    );
    const { status, stdout, stderr } = new Graphdriver(['--host', 'linux']).run('ask', question);
    expect(stderr).toMatch(/^graphdriver ask: \S+far\.jsonl:3: truncate: argument 2 must be a safe integer\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });
});

describe.skipIf(why !== undefined)('recording by the command', () => {
  const graphdriver = new Graphdriver([]);

  test('writes traces that replay on both kernels, the same for the same seed', () => {
    const [one, two] = [files.write('one.gz', ''), files.write('two.gz', '')];
    for (const file of [one, two]) {
      const request = ['--seed', '5', '--traces', '3', '--ops', '40', '--options', 'index=on,metacopy=on', '-o', file];
      expect(graphdriver.json('record', ...request)).toEqual({
        ...{ file, group: 'default', seed: 5, traces: 3 },
        size: statSync(file).size,
      });
    }
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    for (const host of ['sim', 'linux']) {
      expect(new Graphdriver(['--host', host]).json('replay', one)).toMatchObject({ traces: 3, divergences: 0 });
    }
  });

  test('mounts as it is told', () => {
    const file = files.write('userxattr.gz', '');
    graphdriver.ok('record', '--ops', '10', '--options', 'userxattr,xino=on', '--layout', 'split', '-o', file);
    expect(run('zcat', file)).toMatch(/"op":"mount","at":"\/m","options":"[^"]*,userxattr,xino=on"/);
    expect(new Graphdriver(['--host', 'sim']).json('replay', file)).toMatchObject({ divergences: 0 });
  });

  test('is refused to others than root', () => {
    const { status, stdout, stderr } = new Graphdriver([]).runAs(1000, 'record');
    expect(stderr).toMatch(
      /^graphdriver record: what is right is recorded of a real kernel only, and .+ takes root\n$/,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });
});
