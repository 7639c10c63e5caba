import { deepEqual, equal, ok } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

/** Workdir. */
export const workdirRules: readonly Rule[] = [
  rule(61, 'Workdir is cleaned at mount', (bench) => {
    for (const file of ['w/work/a/b', 'w/work/c', 'w/junk']) bench.file(file);
    bench.rw();
    deepEqual([bench.ls('w'), bench.ls('w/work')], [['junk', 'work'], []]);
    bench.umount();
    bench.rmdir('w/work');
    bench.file('w/work');
    bench.rw();
    equal(bench.kind('w/work'), 'dir');
  }),
  rule(62, 'Workdir that cannot be cleaned', (bench) => {
    bench.dirs('w/work/a/b/c/d');
    bench.file('w/work/e');
    bench.file('w/work/a/f');
    equal(bench.mount(), 'OK');
    bench.logged('mounting read-only');
    equal(bench.shown()[0], 'ro');
    equal(bench.mkdir('m/x'), 'EROFS');
    // What can be removed is, before and after what cannot.
    deepEqual([bench.ls('w/work'), bench.ls('w/work/a')], [['a'], ['b']]);
  }),
  rule(63, 'incompat marker', (bench) => {
    bench.dirs('w/work/incompat/foo');
    equal(bench.mount(), 'EINVAL');
    bench.logged("overlay with incompat feature 'foo' cannot be mounted");
    equal(bench.rmdir('w/work/incompat/foo'), 'OK');
    equal(bench.mount(), 'OK');
    deepEqual(bench.ls('w/work'), []);
  }),
  rule(64, 'Shared whiteout inode', (bench) => {
    for (const file of ['l1/f', 'l1/g', 'l1/h']) bench.file(file);
    bench.dirs('l1/d');
    bench.rw();
    deepEqual([bench.unlink('m/f'), bench.unlink('m/g'), bench.rmdir('m/d')], ['OK', 'OK', 'OK']);
    equal(new Set(['u/f', 'u/g', 'u/d'].map((path) => bench.ino(path))).size, 1);
    const { nlink, mode } = bench.stat('u/f');
    deepEqual([nlink, mode], [4, 0o20000]);
    deepEqual(
      bench.ls('w/work').map((name) => name.charAt(0)),
      ['#'],
    );
    equal(bench.rename('m/h', 'm/k'), 'OK');
    equal(bench.stat('u/h').nlink, 1);
    bench.remount();
    deepEqual(bench.ls('w/work'), []);
  }),
  rule(65, 'Nothing else is left in the workdir', (bench) => {
    for (const file of ['l1/d/f', 'l1/g', 'l1/x/y']) bench.file(file);
    bench.rw();
    equal(bench.chmod('m/d/f', 0o600), 'OK');
    equal(bench.unlink('m/g'), 'OK');
    bench.file('m/g');
    deepEqual([bench.unlink('m/x/y'), bench.rmdir('m/x'), bench.mkdir('m/x')], ['OK', 'OK', 'OK']);
    equal(bench.rename('m/d/f', 'm/x/f'), 'OK');
    const left = bench.ls('w/work');
    ok(left.length <= 1 && left.every((name) => name.startsWith('#')));
  }),
];
