import { deepEqual, equal } from 'node:assert/strict';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../src/host/index.ts';
import { rule, type Rule } from './rule.ts';

/** Rename. */
export const renameRules: readonly Rule[] = [
  rule(132, 'Lower file', (bench) => {
    bench.file('l1/a', 'A');
    bench.rw();
    const ino = bench.ino('m/a');
    equal(bench.rename('m/a', 'm/c'), 'OK');
    deepEqual([bench.markedTree(), bench.ino('m/c')], [{ a: 'whiteout', c: 'reg origin' }, ino]);
  }),
  rule(133, 'Over a lower file', (bench) => {
    bench.file('l1/a', 'A');
    bench.file('l1/b', 'B');
    bench.rw();
    deepEqual([bench.rename('m/a', 'm/b'), bench.tree()], ['OK', { a: 'whiteout', b: 'reg' }]);
    deepEqual([bench.rename('m/b', 'm/a'), bench.tree()], ['OK', { a: 'reg', b: 'whiteout' }]);
  }),
  rule(134, 'Pure upper file', (bench) => {
    bench.file('u/p');
    bench.rw();
    deepEqual([bench.rename('m/p', 'm/q'), bench.tree()], ['OK', { q: 'reg' }]);
  }),
  rule(135, 'Directory rename without redirect_dir', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('l1/x', 'u/x', 'l1/o', 'u/o');
    bench.opaque('u/o');
    bench.rw();
    bench.dirs('m/n');
    const before = bench.tree();
    deepEqual([bench.rename('m/d', 'm/e'), bench.rename('m/x', 'm/y'), bench.tree()], ['EXDEV', 'EXDEV', before]);
    deepEqual([bench.rename('m/n', 'm/n2'), bench.rename('m/o', 'm/o2'), bench.kind('u/o')], ['OK', 'OK', 'whiteout']);
  }),
  rule(136, 'EXDEV comes after the ordinary checks', (bench) => {
    bench.dirs('l1/d');
    bench.file('l1/ne/f');
    bench.file('l1/f');
    bench.rw();
    const answers = ['m/d/x', 'm/f', 'm/d', 'm/no/x', 'm/ne'].map((target) => bench.rename('m/d', target));
    deepEqual(answers, ['EINVAL', 'ENOTDIR', 'OK', 'ENOENT', 'EXDEV']);
  }),
  rule(137, 'Pure upper directory becomes opaque when moved', (bench) => {
    bench.dirs('l1/d', 'u/p', 'u/n/x', 'u/n2');
    bench.rw();
    deepEqual([bench.rename('m/p', 'm/d/p'), bench.markNames('u/d/p')], ['OK', ['opaque']]);
    deepEqual([bench.rename('m/d/p', 'm/q'), bench.markNames('u/q')], ['OK', ['opaque']]);
    deepEqual([bench.rename('m/n/x', 'm/n2/x'), bench.marks('u/n2/x')], ['OK', {}]);
  }),
  rule(138, 'Directory over directory', (bench) => {
    bench.dirs('l1/d', 'l1/e');
    bench.file('l1/ne/f');
    bench.rw();
    bench.dirs('m/n');
    equal(bench.rename('m/n', 'm/ne'), 'ENOTEMPTY');
    deepEqual([bench.rename('m/n', 'm/d'), bench.markedTree()], ['OK', { d: 'dir opaque' }]);
    bench.dirs('m/n');
    equal(bench.rmdir('m/e'), 'OK');
    deepEqual([bench.rename('m/n', 'm/e'), bench.markedTree()], ['OK', { d: 'dir opaque', e: 'dir opaque' }]);
  }),
  rule(139, 'Over a merged directory emptied by whiteouts', (bench) => {
    bench.file('l1/d/f');
    bench.rw();
    equal(bench.unlink('m/d/f'), 'OK');
    bench.file('m/n/k');
    equal(bench.rename('m/n', 'm/d'), 'OK');
    deepEqual([bench.markedTree(), bench.ls('m/d')], [{ d: 'dir opaque', 'd/k': 'reg' }, ['k']]);
  }),
  rule(140, 'Type errors', (bench) => {
    bench.file('l1/f');
    bench.file('u/p');
    bench.dirs('u/d', 'l1/e');
    bench.rw();
    const answers = [
      bench.rename('m/f', 'm/e'),
      bench.rename('m/d', 'm/f'),
      bench.rename('m/no', 'm/x'),
      bench.rename('m/f', 'u/zz'),
      bench.rename('m', 'm9'),
      bench.rename('m/f', 'm'),
    ];
    deepEqual(answers, ['EISDIR', 'ENOTDIR', 'ENOENT', 'EXDEV', 'EBUSY', 'EXDEV']);
    equal(bench.kind('u/f'), 'ENOENT');
  }),
  rule(141, 'RENAME_NOREPLACE', (bench) => {
    bench.file('l1/a');
    bench.file('l1/b');
    bench.rw();
    equal(bench.rename('m/a', 'm/b', RENAME_NOREPLACE), 'EEXIST');
    equal(bench.rename('m/a', 'm/n', RENAME_NOREPLACE), 'OK');
  }),
  rule(142, 'RENAME_EXCHANGE', (bench) => {
    bench.file('l1/a', 'A');
    bench.file('l1/b', 'B');
    bench.dirs('l1/d', 'u/p');
    bench.rw();
    const exchange = (from: string, to: string): string => bench.rename(`m/${from}`, `m/${to}`, RENAME_EXCHANGE);
    deepEqual([exchange('a', 'b'), bench.read('m/a'), bench.read('m/b')], ['OK', 'B', 'A']);
    deepEqual(bench.kinds('u/a', 'u/b'), ['reg', 'reg']);
    deepEqual([exchange('a', 'd'), exchange('a', 'p')], ['EXDEV', 'OK']);
    deepEqual([bench.kind('m/a'), bench.markNames('u/a'), exchange('a', 'zz')], ['dir', ['opaque'], 'ENOENT']);
  }),
  rule(143, 'RENAME_WHITEOUT from user space', (bench) => {
    bench.file('l1/a');
    bench.rw();
    equal(bench.rename('m/a', 'm/b', RENAME_WHITEOUT), 'EINVAL');
  }),
  rule(144, 'Rename between lower hard links', (bench) => {
    bench.file('l1/f', 'A');
    bench.link('l1/f', 'l1/g');
    bench.rw();
    equal(bench.rename('m/f', 'm/g'), 'OK');
    deepEqual([bench.tree(), bench.ls('m')], [{ f: 'whiteout', g: 'reg' }, ['g']]);
    bench.umount();
    bench.fresh();
    bench.rw({ extra: 'index=on' });
    deepEqual([bench.rename('m/f', 'm/g'), bench.tree(), bench.ls('m')], ['OK', {}, ['f', 'g']]);
  }),
  rule(145, 'Moving a copied-up object marks the new parent impure', (bench) => {
    bench.file('l1/f');
    bench.dirs('u/p', 'u/q');
    bench.file('u/x');
    bench.rw();
    deepEqual([bench.rename('m/f', 'm/p/f'), bench.rename('m/x', 'm/q/x')], ['OK', 'OK']);
    deepEqual([bench.markNames('u/p'), bench.marks('u/q')], [['impure'], {}]);
  }),
];
