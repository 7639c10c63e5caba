import { deepEqual, equal } from 'node:assert/strict';
import { O_RDWR } from '../../src/host/index.ts';
import { rule, type Rule } from './rule.ts';

const on = { extra: 'volatile' };

/** volatile. */
export const volatileRules: readonly Rule[] = [
  rule(195, 'Volatile leaves a marker', (bench) => {
    bench.rw(on);
    equal(bench.kind('w/work/incompat/volatile/dirty'), 'reg');
    bench.umount();
    equal(bench.kind('w/work/incompat/volatile'), 'dir');
    deepEqual([bench.mount(on), bench.mount()], ['EINVAL', 'EINVAL']);
    bench.logged("overlay with incompat feature 'volatile' cannot be mounted");
    bench.removeTree('w/work/incompat/volatile');
    equal(bench.mount(), 'OK');
  }),
  rule(196, 'fsync under volatile', (bench) => {
    bench.file('l1/f');
    bench.rw(on);
    const { fs, calls } = bench.host;
    const fd = fs.open(bench.p('m/f'), O_RDWR);
    deepEqual([calls.fsync(fd), calls.fdatasync(fd)], [0, 0]);
    fs.close(fd);
  }),
];
