import { deepEqual, equal, ok } from 'node:assert/strict';
import { RENAME_EXCHANGE } from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

const on = { extra: 'redirect_dir=on' };

function redirect(bench: Bench, path: string): string | undefined {
  return bench.marks(path).redirect;
}

/** redirect_dir. */
export const redirectRules: readonly Rule[] = [
  rule(146, 'Rename in the same directory', (bench) => {
    bench.file('l1/d/f');
    bench.rw(on);
    deepEqual([bench.rename('m/d', 'm/e'), bench.kind('u/d'), redirect(bench, 'u/e')], ['OK', 'whiteout', 'd']);
    deepEqual([bench.markNames('u/e'), bench.ls('m/e')], [['origin', 'redirect'], ['f']]);
  }),
  rule(147, 'Rename into another directory', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('l1/x');
    bench.rw(on);
    deepEqual([bench.rename('m/d', 'm/e'), bench.rename('m/e', 'm/x/d')], ['OK', 'OK']);
    equal(redirect(bench, 'u/x/d'), '/d');
    ok(bench.markNames('u/x').includes('impure'));
    deepEqual([bench.rename('m/x/d', 'm/q'), redirect(bench, 'u/q'), bench.ls('m/q')], ['OK', '/d', ['f']]);
    deepEqual([bench.rename('m/q', 'm/r'), redirect(bench, 'u/r')], ['OK', '/d']);
  }),
  rule(148, 'Paths below a renamed directory', (bench) => {
    bench.file('l1/a/b/c/f');
    bench.rw(on);
    deepEqual(
      [bench.rename('m/a', 'm/A'), bench.rename('m/A/b', 'm/A/B'), bench.rename('m/A/B/c', 'm/C')],
      ['OK', 'OK', 'OK'],
    );
    deepEqual(
      [redirect(bench, 'u/A'), redirect(bench, 'u/A/B'), redirect(bench, 'u/C'), bench.ls('m/C')],
      ['a', 'b', '/a/b/c', ['f']],
    );
    bench.remount(on);
    deepEqual([bench.ls('m/C'), bench.ls('m/A'), bench.ls('m/A/B')], [['f'], ['B'], []]);
  }),
  rule(149, 'Renaming back', (bench) => {
    bench.file('l1/d/f');
    bench.rw(on);
    deepEqual([bench.rename('m/d', 'm/e'), bench.rename('m/e', 'm/d')], ['OK', 'OK']);
    deepEqual([redirect(bench, 'u/d'), bench.ls('m/d'), bench.tree()], ['d', ['f'], { d: 'dir' }]);
  }),
  rule(150, 'Over an empty lower directory or a whiteout', (bench) => {
    for (const file of ['l1/d/f', 'l1/x', 'l1/k/g']) bench.file(file);
    bench.dirs('l1/e');
    bench.rw(on);
    deepEqual([bench.rename('m/d', 'm/e'), bench.ls('m/e'), bench.kind('u/d')], ['OK', ['f'], 'whiteout']);
    equal(bench.unlink('m/x'), 'OK');
    deepEqual([bench.rename('m/k', 'm/x'), bench.ls('m/x')], ['OK', ['g']]);
    deepEqual([bench.mkdir('m/k'), bench.markNames('u/k')], ['OK', ['opaque']]);
  }),
  rule(151, 'Exchange of directories', (bench) => {
    bench.file('l1/d/f');
    bench.file('l1/e/g');
    bench.rw(on);
    equal(bench.rename('m/d', 'm/e', RENAME_EXCHANGE), 'OK');
    deepEqual([redirect(bench, 'u/d'), redirect(bench, 'u/e'), bench.ls('m/d')], ['e', 'd', ['g']]);
  }),
  rule(152, 'Redirect length', (bench) => {
    const name = 'n'.repeat(100);
    bench.file(`l1/${name}/${name}/${name}/f`);
    bench.dirs('l1/t');
    bench.rw(on);
    const deep = `m/${name}/${name}`;
    equal(bench.rename(`${deep}/${name}`, 'm/t/x'), 'EXDEV');
    equal(bench.rename(`${deep}/${name}`, `${deep}/k`), 'OK');
    equal(bench.rename(deep, 'm/t/x'), 'OK');
  }),
  rule(153, 'Following redirects under other options', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('u/e');
    bench.whiteout('u/d');
    bench.setx('u/e', 'trusted.overlay.redirect', 'd');
    for (const mode of ['off', 'follow']) {
      bench.rw({ extra: `redirect_dir=${mode}` });
      deepEqual([bench.ls('m/e'), bench.rename('m/e', 'm/e2')], [['f'], 'EXDEV']);
      bench.umount();
    }
    bench.rw({ extra: 'redirect_dir=nofollow' });
    deepEqual([bench.kind('m/e'), bench.rmdir('m/e'), bench.mkdir('m/e')], ['EPERM', 'EPERM', 'EPERM']);
    equal(
      bench.value(() => bench.ls('m/e')),
      'EPERM',
    );
    bench.logged('refusing to follow redirect for (/e)');
    bench.umount();
    bench.rw({ extra: 'userxattr' });
    deepEqual(bench.ls('m/e'), []);
  }),
  rule(154, 'Redirects in lower layers are followed', (bench) => {
    bench.file('l2/x/f');
    bench.file('l1/e/own');
    bench.setx('l1/e', 'trusted.overlay.redirect', 'x');
    bench.rw({ lower: 'l1:l2' });
    deepEqual([bench.ls('m/e'), bench.ls('m/x')], [['f', 'own'], ['f']]);
    bench.umount();
    bench.rw({ lower: 'l1:l2', upper: null, work: null });
    deepEqual(bench.ls('m/e'), ['f', 'own']);
  }),
  rule(155, 'Malformed redirects', (bench) => {
    for (const file of ['l1/x/f', 'l1/a/b/g', 'l1/e/own']) bench.file(file);
    for (const [value, answer] of [
      ['/', 'EINVAL'],
      ['a/b', 'EINVAL'],
      ['../x', 'EINVAL'],
      ['/a//b', 'EINVAL'],
      ['', 'EINVAL'],
      ['.', 'EACCES'],
      ['..', 'EACCES'],
      ['/.', 'EACCES'],
      ['/a/../b', 'EACCES'],
      ['/nope', 'dir'],
    ] as const) {
      bench.dirs('u/e');
      bench.setx('u/e', 'trusted.overlay.redirect', value);
      bench.rw();
      equal(bench.kind('m/e'), answer, value);
      if (answer === 'EINVAL') bench.logged('invalid redirect');
      if (answer === 'dir') deepEqual(bench.ls('m/e'), []);
      bench.umount();
      bench.fresh('u');
    }
  }),
  rule(156, 'Redirect xattr on a non-metacopy file', (bench) => {
    bench.file('l1/x', 'X');
    bench.file('u/e', 'E');
    bench.setx('u/e', 'trusted.overlay.redirect', 'x');
    bench.rw();
    equal(bench.read('m/e'), 'E');
  }),
  rule(157, 'Two directories redirected to one lower directory', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('u/e', 'u/k');
    bench.whiteout('u/d');
    bench.setx('u/e', 'trusted.overlay.redirect', 'd');
    bench.setx('u/k', 'trusted.overlay.redirect', 'd');
    bench.rw(on);
    deepEqual(bench.kinds('m/e', 'm/k'), ['dir', 'ESTALE']);
    bench.logged('failed to get inode (-116)');
  }),
];
