import { deepEqual, equal } from 'node:assert/strict';
import { O_DIRECTORY, O_RDONLY } from '../../src/host/index.ts';
import { rule, type Rule } from './rule.ts';

/** Unlink and rmdir. */
export const removeRules: readonly Rule[] = [
  rule(122, 'Unlink', (bench) => {
    for (const file of ['l1/a', 'u/p', 'l1/b', 'u/b']) bench.file(file);
    bench.rw();
    for (const name of 'apb') equal(bench.unlink(`m/${name}`), 'OK');
    deepEqual([bench.tree(), bench.ls('m')], [{ a: 'whiteout', b: 'whiteout' }, []]);
  }),
  rule(123, 'Unlink copies the parent up', (bench) => {
    bench.file('l1/d/f');
    bench.rw();
    equal(bench.unlink('m/d/f'), 'OK');
    deepEqual(bench.markedTree(), { d: 'dir origin', 'd/f': 'whiteout' });
  }),
  rule(124, 'No whiteout when no lower object shows', (bench) => {
    for (const file of ['l1/d/f', 'u/d/f', 'l2/g', 'u/g']) bench.file(file);
    bench.opaque('u/d');
    bench.whiteout('l1/g');
    bench.rw({ lower: 'l1:l2' });
    deepEqual([bench.unlink('m/d/f'), bench.unlink('m/g')], ['OK', 'OK']);
    deepEqual([bench.tree(), bench.kind('m/g')], [{ d: 'dir' }, 'ENOENT']);
  }),
  rule(125, 'rmdir of a lower directory', (bench) => {
    bench.dirs('l1/e');
    bench.file('l1/n/f');
    bench.rw();
    deepEqual([bench.rmdir('m/n'), bench.tree()], ['ENOTEMPTY', {}]);
    deepEqual([bench.rmdir('m/e'), bench.tree()], ['OK', { e: 'whiteout' }]);
  }),
  rule(126, 'rmdir of a merged directory whose content was removed', (bench) => {
    bench.file('l1/d/f');
    bench.rw();
    deepEqual([bench.unlink('m/d/f'), bench.rmdir('m/d'), bench.tree()], ['OK', 'OK', { d: 'whiteout' }]);
  }),
  rule(127, 'Whiteouts do not count as content', (bench) => {
    bench.whiteout('l1/d/x');
    bench.whiteout('u/o/x');
    bench.opaque('u/o');
    bench.file('l1/o/x');
    bench.rw();
    deepEqual([bench.rmdir('m/d'), bench.rmdir('m/o')], ['OK', 'OK']);
    deepEqual(bench.tree(), { d: 'whiteout', o: 'whiteout' });
  }),
  rule(128, 'Stray whiteout in a pure upper directory', (bench) => {
    bench.whiteout('u/d/x');
    bench.rw();
    deepEqual([bench.ls('m/d'), bench.kind('m/d/x'), bench.rmdir('m/d')], [['x'], 'ENOENT', 'ENOTEMPTY']);
  }),
  rule(129, 'Removing a pure upper directory', (bench) => {
    bench.rw();
    deepEqual([bench.mkdir('m/d'), bench.rmdir('m/d'), bench.tree()], ['OK', 'OK', {}]);
  }),
  rule(130, 'Type errors', (bench) => {
    bench.file('l1/f');
    bench.dirs('l1/d');
    bench.rw();
    deepEqual([bench.unlink('m/d'), bench.rmdir('m/f')], ['EISDIR', 'ENOTDIR']);
    deepEqual([bench.unlink('m/q'), bench.rmdir('m/q')], ['ENOENT', 'ENOENT']);
    deepEqual([bench.rmdir('m'), bench.unlink('m')], ['EBUSY', 'EISDIR']);
  }),
  rule(131, 'Removed directory still open', (bench) => {
    bench.dirs('l1/d');
    bench.rw();
    const { fs, calls } = bench.host;
    const fd = fs.open(bench.p('m/d'), O_RDONLY | O_DIRECTORY);
    equal(bench.rmdir('m/d'), 'OK');
    const read = calls.getdents64(fd, 4096);
    equal(typeof read === 'number' ? bench.answer(read) : '', 'ENOENT');
    equal(bench.answer(calls.mkdirat(fd, 'x', 0o777)), 'ENOENT');
    fs.close(fd);
  }),
];
