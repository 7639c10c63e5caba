import { deepEqual, equal } from 'node:assert/strict';
import { makeMetacopy } from './metacopy.ts';
import { rule, type Rule } from './rule.ts';

const layers = { lower: 'l1::l2' };

/** Data-only layers. */
export const dataOnlyRules: readonly Rule[] = [
  rule(183, 'Data-only layers are invisible', (bench) => {
    bench.file('l2/a');
    bench.file('l1/b');
    bench.rw(layers);
    deepEqual([bench.ls('m'), bench.kind('m/a')], [['b'], 'ENOENT']);
  }),
  rule(184, 'Metacopy to a data-only layer works without metacopy=on', (bench) => {
    makeMetacopy(bench, 'l1/f', '/x/data');
    bench.file('l2/x/data', 'DATA');
    bench.file('l3/x/data', '3333');
    for (const extra of ['', 'metacopy=off', 'redirect_dir=off', 'redirect_dir=nofollow', 'metacopy=on']) {
      bench.rw({ lower: 'l1::l2::l3', extra });
      deepEqual([bench.read('m/f'), bench.stat('m/f').size], ['DATA', 4], extra);
      bench.umount();
    }
  }),
  rule(185, 'Data is looked up lazily', (bench) => {
    makeMetacopy(bench, 'l1/g', '/missing');
    makeMetacopy(bench, 'l1/d', '/dir');
    makeMetacopy(bench, 'l1/s', '/sym');
    bench.dirs('l2/dir');
    bench.symlink('x', 'l2/sym');
    bench.file('l2/x');
    bench.rw(layers);
    deepEqual([bench.ls('m'), bench.kind('m/g'), bench.chmod('m/g', 0o600)], [['d', 'g', 's'], 'reg', 'ENOENT']);
    bench.logged('lazy lowerdata lookup failed (/g, err=-2)');
    for (const name of 'gds')
      equal(
        bench.value(() => bench.read(`m/${name}`)),
        'ENOENT',
        name,
      );
  }),
  rule(186, 'Only absolute redirects reach data layers', (bench) => {
    makeMetacopy(bench, 'l1/r', 'data');
    makeMetacopy(bench, 'l1/n', undefined);
    for (const file of ['l2/data', 'l2/n', 'l2/r']) bench.file(file, 'DATA');
    bench.rw(layers);
    deepEqual(bench.kinds('m/r', 'm/n'), ['EPERM', 'EPERM']);
    bench.remount({ ...layers, extra: 'metacopy=on' });
    deepEqual(bench.kinds('m/r', 'm/n'), ['EIO', 'EIO']);
  }),
  rule(187, 'A normal lower with the same path comes first', (bench) => {
    makeMetacopy(bench, 'l1/f', '/x/data');
    bench.file('l2/x/data', 'L2L2');
    bench.file('l3/x/data', 'DATA');
    bench.rw({ lower: 'l1:l2::l3' });
    equal(bench.kind('m/f'), 'EPERM');
    bench.remount({ lower: 'l1:l2::l3', extra: 'metacopy=on' });
    equal(bench.read('m/f'), 'L2L2');
  }),
  rule(188, 'Upper metacopy cannot point straight into a data layer', (bench) => {
    makeMetacopy(bench, 'u/f', '/x/data');
    bench.file('l2/x/data', 'DATA');
    bench.rw(layers);
    equal(bench.kind('m/f'), 'EPERM');
    bench.remount({ ...layers, extra: 'metacopy=on' });
    equal(bench.kind('m/f'), 'EIO');
  }),
  rule(189, 'Copy-up of a data-only backed file', (bench) => {
    makeMetacopy(bench, 'l1/f', '/x/data');
    bench.file('l2/x/data', 'DATA');
    bench.rw(layers);
    equal(bench.chmod('m/f', 0o600), 'OK');
    deepEqual([bench.read('u/f'), bench.markNames('u/f')], ['DATA', ['origin']]);
    bench.umount();
    bench.fresh();
    bench.rw({ ...layers, extra: 'metacopy=on' });
    equal(bench.chmod('m/f', 0o600), 'OK');
    deepEqual([bench.markNames('u/f'), bench.read('m/f')], [['metacopy', 'origin'], 'DATA']);
  }),
  rule(190, 'Size comes from the metacopy file', (bench) => {
    makeMetacopy(bench, 'l1/f', '/d', 10);
    bench.file('l2/d', 'DATA');
    bench.rw(layers);
    deepEqual([bench.stat('m/f').size, bench.read('m/f')], [10, 'DATA']);
    deepEqual([bench.truncate('m/f', 6), bench.read('m/f')], ['OK', 'DATA\0\0']);
  }),
  rule(191, 'Data-only with userxattr', (bench) => {
    makeMetacopy(bench, 'l1/f', '/x/data', 4, 'user.overlay.');
    bench.file('l2/x/data', 'DATA');
    bench.rw({ ...layers, extra: 'userxattr' });
    equal(bench.read('m/f'), 'DATA');
  }),
];
