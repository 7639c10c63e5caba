import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

/** stat: st_dev, st_ino, st_nlink. */
export const statRules: readonly Rule[] = [
  rule(106, 'One filesystem', (bench) => {
    bench.file('l1/f');
    bench.file('u/p');
    bench.dirs('l1/d', 'u/q');
    bench.rw();
    const { dev } = bench.stat('m');
    for (const name of 'fdpq') equal(bench.stat(`m/${name}`).dev, dev, name);
    for (const [shown, real] of [
      ['m', 'u'],
      ['m/f', 'l1/f'],
      ['m/d', 'l1/d'],
      ['m/p', 'u/p'],
      ['m/q', 'u/q'],
    ] as const) {
      equal(bench.ino(shown), bench.ino(real), shown);
    }
    notEqual(dev, bench.stat('u').dev);
  }),
  rule(107, 'Several filesystems, no xino', (bench) => {
    bench.tmpfs('t1');
    bench.tmpfs('t2');
    for (const file of ['t1/f', 't2/g', 't2/h', 'u/p']) bench.file(file);
    bench.dirs('t1/d');
    bench.rw({ lower: 't1:t2' });
    const dev = (path: string): number => bench.stat(path).dev;
    equal(new Set(['m/f', 'm/g', 'm/p', 'm', 't1/f', 't2/g', 'u/p'].map(dev)).size, 7);
    deepEqual([dev('m/h'), dev('m/d')], [dev('m/g'), dev('m')]);
    deepEqual([bench.ino('m/f'), bench.ino('m/p')], [bench.ino('t1/f'), bench.ino('u/p')]);
    const before = [dev('m/f'), bench.ino('m/f')];
    equal(bench.chmod('m/f', 0o600), 'OK');
    deepEqual([dev('m/f'), bench.ino('m/f')], before);
  }),
  rule(108, "A lower on the upper's filesystem among several", (bench) => {
    bench.tmpfs('t1');
    for (const file of ['l1/f', 't1/g', 'u/p']) bench.file(file);
    bench.rw({ lower: 'l1:t1' });
    equal(bench.stat('m/f').dev, bench.stat('m/p').dev);
    notEqual(bench.stat('m/g').dev, bench.stat('m/p').dev);
  }),
  rule(109, 'xino=on', (bench) => {
    bench.tmpfs('t1');
    bench.file('t1/f');
    bench.dirs('t1/d');
    bench.file('u/p');
    bench.rw({ lower: 't1', extra: 'xino=on' });
    for (const name of 'fdp') equal(bench.stat(`m/${name}`).dev, bench.stat('m').dev, name);
    const high = 1n << 63n;
    const numbers = [bench.ino('t1/f') | high, bench.ino('t1/d') | high, bench.ino('u/p')];
    deepEqual([bench.ino('m/f'), bench.ino('m/d'), bench.ino('m/p')], numbers);
    bench.remount({ lower: 't1', extra: 'xino=on' });
    deepEqual([bench.ino('m/f'), bench.ino('m/d'), bench.ino('m/p')], numbers);
  }),
  rule(110, 'Directory nlink', (bench) => {
    bench.dirs('l1/o/x', 'l1/o/y', 'l1/d', 'l2/d');
    bench.rw({ lower: 'l1:l2' });
    equal(bench.stat('m/o').nlink, bench.stat('l1/o').nlink);
    deepEqual([bench.stat('m/d').nlink, bench.stat('m').nlink], [1, 1]);
    bench.file('m/o/n');
    equal(bench.stat('m/o').nlink, 1);
  }),
  rule(111, 'File nlink', (bench) => {
    bench.file('l1/f');
    bench.rw();
    bench.link('m/f', 'm/g');
    deepEqual([bench.stat('m/f').nlink, bench.stat('m/g').nlink], [2, 2]);
    equal(bench.ino('m/f'), bench.ino('m/g'));
    equal(bench.unlink('m/f'), 'OK');
    equal(bench.stat('m/g').nlink, 1);
  }),
];
