import { gunzipSync, gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTraces, TraceFormatError } from '../../../src/oracle/trace-reader.ts';
import { lines, recordedTrace, recordedTraces, traceFiles, tracesOf } from './files.ts';

const files = traceFiles();
const header = { t: 'file', suite: 'random', mnt: '/m', umask: '022' };
const begin = { t: 'trace', id: 'x/0' };
const end = { t: 'end' };
const stat = { t: 'op', op: 'stat', path: 'a', e: 'ENOENT' };

describe('reading trace files', () => {
  it('reads all recorded traces, each with the records of its templates', async () => {
    const counts = await Promise.all(recordedTraces.map(async (file) => (await tracesOf(file)).length));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(486);
    const [first] = await tracesOf(recordedTrace('unionmount-ov'));
    expect(first?.steps.length).toBeGreaterThan(500);
    expect(first?.steps[0]).toMatchObject({ line: 2, record: { t: 'host', op: 'mkfs', path: '/lower' } });
    expect(first?.persistentIno).toBe(false);
  });

  it('reads plain JSON lines as it reads gzipped ones', async () => {
    const gzipped = recordedTrace('random-default');
    const plain = files.write('plain.jsonl', gunzipSync(readFileSync(gzipped)));
    const [packed, unpacked] = await Promise.all([tracesOf(gzipped), tracesOf(plain)]);
    expect(unpacked.map(({ steps }) => steps)).toEqual(packed.map(({ steps }) => steps));
  });

  it('reads positions of 64 bits', async () => {
    const far = `{"t":"op","op":"truncate","path":"a","len":${2n ** 63n - 1n}}\n`;
    const file = files.write('far.jsonl', lines(header, begin) + far + lines(end));
    const [trace] = await tracesOf(file);
    expect(trace?.steps[0]?.record).toMatchObject({ len: 2 ** 63 });
  });

  it('reads a file whose last line has no newline', async () => {
    const file = files.write('unended.jsonl', lines(header, begin, stat, end).trimEnd());
    await expect(tracesOf(file)).resolves.toHaveLength(1);
  });

  it('leaves out traces that are not wanted, and keeps the lines of those that are', async () => {
    const file = files.write('three.jsonl', lines(header, begin, stat, end, { t: 'trace', id: 'x/1' }, stat, end));
    const wanted = [];
    for await (const trace of readTraces(file, (id) => id === 'x/1')) wanted.push(trace);
    expect(wanted).toMatchObject([{ id: 'x/1', line: 5, steps: [{ line: 6 }] }]);
  });

  it('lets fields and records be that it does not know', async () => {
    const file = files.write(
      'future.jsonl',
      lines({ ...header, recorder: 7 }, begin, { t: 'weather', sun: true }, { ...stat, latency: 12 }, end),
    );
    const [trace] = await tracesOf(file);
    expect(trace?.steps.map(({ record }) => record)).toEqual([{ ...stat, latency: 12 }]);
  });

  it('reads names that are not UTF-8 as bytes', async () => {
    const file = files.write('bytes.jsonl', lines(header, begin, { ...stat, path: 'a\udcff/\u00e9' }, end));
    const [trace] = await tracesOf(file);
    expect(trace?.steps[0]?.record).toMatchObject({ path: 'a\xff/\xc3\xa9' });
  });

  const faults: Readonly<Record<string, readonly [content: string | Uint8Array, line: number, reason: RegExp]>> = {
    'a line that is no JSON': ['{"t":"file"', 1, /not JSON/],
    'a line that is no object': ['[]\n', 1, /not a JSON object/],
    'an operation that nobody knows': [lines(header, begin, { t: 'op', op: 'fly', path: 'a' }), 3, /"fly"/],
    'a record without a field': [lines(header, begin, { t: 'op', op: 'mkdir', path: 'a' }), 3, /mkdir has no "mode"/],
    'a field of the wrong type': [lines(header, begin, { ...stat, path: 3 }), 3, /"path" is not a string/],
    'an open flag that nobody knows': [
      lines(header, begin, { t: 'op', op: 'open', path: 'a', flags: ['O_FLY'] }),
      3,
      /"flags" is not a list/,
    ],
    'a template that was never told': [lines(header, begin, { t: 'use', template: 'x' }), 3, /no template "x"/],
    'a diff from a tree that was never told': [
      lines(header, begin, { t: 'dump', what: 'raw-diff', at: '/u', base: 'b', tree: {} }),
      3,
      /no template "b"/,
    ],
    'an operation without a mount point': [lines({ t: 'file', suite: 'random' }, begin, stat), 3, /no "mnt" on which/],
    'one of a template': [
      lines({ t: 'file', suite: 'random' }, { t: 'template', name: 'x', records: [stat] }),
      2,
      /no "mnt" on which/,
    ],
    'a trace before the header': [lines(begin), 1, /before the "file" record/],
    'a record outside of a trace': [lines(header, stat), 2, /outside of a trace/],
    'a trace within a trace': [lines(header, begin, begin), 3, /within trace x\/0/],
    'a file that ends within a trace': [lines(header, begin, stat), 3, /ends within trace x\/0/],
    'an empty file': ['', 0, /no "file" record/],
    'gzip data that are cut off': [gzipSync(lines(header, begin, stat, end)).subarray(0, 60), 0, /damaged gzip/],
  };

  it.each(Object.entries(faults))('refuses %s with its line', async (name, [content, line, reason]) => {
    const file = files.write(`${name}.jsonl`, content);
    const refusal: unknown = await tracesOf(file).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TraceFormatError);
    expect(refusal).toMatchObject({ file, line, message: expect.stringMatching(reason) as string });
  });
});
