import { expect, it } from 'vitest';
import { checkedTraces } from '../../../src/oracle/checked-traces.ts';
import { traceFiles, lines } from './files.ts';

const files = traceFiles();

it.each([0, 3, 5, 9, Infinity])(
  'gives out the wanted traces in order, with room for %d steps in memory',
  async (room) => {
    const paths = [
      files.write('1.jsonl', traceFile('a', 'b', 'c')),
      files.write('2.jsonl', traceFile('d', 'e', 'f')),
      files.write('3.jsonl', traceFile('g', 'h', 'i')),
    ];
    const given: string[] = [];
    for await (const { id, steps } of checkedTraces(paths, (id) => id !== 'b' && id !== 'g', room)) {
      given.push(`${id}${steps.length}`);
    }
    expect(given).toEqual(['a2', 'c2', 'd2', 'e2', 'f2', 'h2', 'i2']);
  },
);

it('gives out nothing where any file is bad', async () => {
  const paths = [files.write('good.jsonl', traceFile('a')), files.write('bad.jsonl', '{}\n')];
  await expect(checkedTraces(paths, () => true).next()).rejects.toThrow(/bad\.jsonl:1: /);
});

/** One trace of two steps for each letter. */
function traceFile(...ids: readonly string[]): string {
  const step = { t: 'op', op: 'stat', path: 'x', e: 'ENOENT' };
  const traces = ids.flatMap((id) => [{ t: 'trace', id }, step, step, { t: 'end' }]);
  return lines({ t: 'file', suite: 'random', mnt: '/m' }, ...traces);
}
