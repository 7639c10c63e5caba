import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { documentedTrace, traceFiles } from '../oracle/files.ts';
import { withoutAnswers } from '../oracle/questions.ts';
import { graphdriver } from './command-line.ts';

// Calls without results, answered by the simulated kernel.

const files = traceFiles();
const example = documentedTrace();
const questions = withoutAnswers(example.trimEnd().split('\n'));
const header = '{"t":"file","suite":"random","mnt":"/m"}\n';

async function ask(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await graphdriver(['--host', 'sim', 'ask', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('ask', () => {
  test('answers the trace of docs/oracle.md', async () => {
    const answered = await ask(files.write('example.jsonl', questions));
    const kernel = /^\{"t":"file",.*,"kernel":"6\.[\d.]+, simulated"\}\n/;
    expect(answered).toMatch(kernel);
    const withoutTimes = answered.replace(kernel, header).replaceAll('"mtime":"now",', '');
    expect(withoutTimes.replaceAll(',"persistent_ino":true', '')).toBe(example);
  });

  test('writes a file, gzipped where its name says so', async () => {
    const question = files.write('q.jsonl', questions);
    const [plain, packed] = ['a.jsonl', 'a.jsonl.gz'].map((name) => join(dirname(question), name)) as [string, string];
    expect(await ask(question, '-o', plain)).toBe(`${plain}: 1 trace, answered by sim\n`);
    expect(JSON.parse(await ask(question, '-o', packed, '--json'))).toEqual({ file: packed, host: 'sim', traces: 1 });
    const answered = await ask(question);
    expect(readFileSync(plain, 'utf8')).toBe(answered);
    expect(gunzipSync(readFileSync(packed)).toString()).toBe(answered);
  });

  test('answers one trace of several, and several files', async () => {
    const wrong = example.replace('"e":"EACCES"', '"r":7').replace('"r":[]', '"e":"EIO"');
    const other = wrong.replace('"id":"a lower file', '"id":"the same lower file');
    const question = files.write('two.jsonl', example + other);
    const one = await ask(question, '--only', 'the same lower file is copied up, then removed');
    expect(one.match(/"t":"trace"/g)).toHaveLength(1);
    expect(one.match(/"t":"file"/g)).toHaveLength(1);
    const all = await ask(question, files.write('one.jsonl', example));
    expect(all.match(/"t":"trace"/g)).toHaveLength(3);
  });

  test('can be stopped while a call takes its time', async () => {
    // A dump reads every byte of it.
    const large = example.replace(
      '"data":"hello"}',
      `"data":"hello"}\n{"t":"host","op":"truncate","path":"/fs0/l/f","len":${2 ** 44}}`,
    );
    const dump = large.replace('{"t":"op","op":"unlink","path":"f"}', '{"t":"dump","what":"merged","at":"/m"}');
    const onInterrupt = (stop: (signal: string) => void): void => void setTimeout(stop, 2000, 'SIGINT');
    const { status, stderr } = await graphdriver(['--host', 'sim', 'ask', files.write('large.jsonl', dump)], {
      onInterrupt,
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'graphdriver ask: stopped by SIGINT\n' });
  });

  test('asks the standard input', async () => {
    const stdin = Buffer.from(questions);
    const { status, stdout } = await graphdriver(['--host', 'sim', 'ask', '-'], { stdin });
    expect(status).toBe(0);
    expect(stdout).toBe(await ask(files.write('example.jsonl', example)));
  });
});

describe('what cannot be asked is one line and leaves no file', () => {
  const chroot = `{"t":"file","suite":"posix","mnt":"/m","paths":"chroot"}\n{"t":"trace","id":"a"}\n`;
  test.each<[string, string, RegExp]>([
    ['nothing', header, /no trace in .*bad\.jsonl/],
    ['a damaged trace', `${header}{"t":"trace","id":"a"}\n`, /bad\.jsonl:2: the file ends within trace a/],
    [
      'calls of a process that cannot start',
      `${chroot}{"t":"proc","pid":2,"uid":1,"gid":1,"groups":[],"cwd":"/nowhere"}\n{"t":"op","op":"stat","path":"/","pid":2}\n{"t":"end"}\n`,
      /bad\.jsonl:3: proc: ENOENT; the calls that follow have nobody to make them/,
    ],
  ])('%s', async (_name, content, text) => {
    const bad = files.write('bad.jsonl', content);
    const output = join(dirname(bad), 'none.jsonl');
    const { status, stdout, stderr } = await graphdriver(['--host', 'sim', 'ask', bad, '-o', output]);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^graphdriver ask: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(() => readFileSync(output)).toThrow('ENOENT');
  });

  test('a trace that is not there', async () => {
    const file = files.write('example.jsonl', example);
    const { status, stderr } = await graphdriver(['--host', 'sim', 'ask', file, '--only', 'nosuch']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'graphdriver ask: no trace is called "nosuch"\n' });
  });

  test.each<[readonly string[], RegExp]>([
    [['ask'], /ask needs TRACE…/],
    [['ask', 'x', '--host', 'sim:machine'], /traces begin on a fresh machine/],
    [['--driver', 'vfs', 'ask', 'x'], /ask takes no --driver/],
  ])('%j', async (args, text) => {
    const { status, stdout, stderr } = await graphdriver(args);
    expect(stderr).toMatch(text);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});
