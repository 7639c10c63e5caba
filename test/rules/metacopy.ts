import { deepEqual, equal, ok } from 'node:assert/strict';
import { AT_FDCWD, O_APPEND, O_RDWR, O_TRUNC, O_WRONLY, S_IFIFO, UTIME_NOW } from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

const on = { extra: 'metacopy=on' };

/** A metacopy file made by hand, as a builder of images makes it. */
export function makeMetacopy(
  bench: Bench,
  path: string,
  redirect: string | undefined,
  size = 4,
  prefix = 'trusted.overlay.',
): void {
  bench.file(path, '');
  equal(bench.truncate(path, size), 'OK');
  bench.setx(path, `${prefix}metacopy`, '');
  if (redirect !== undefined) bench.setx(path, `${prefix}redirect`, redirect);
}

/** metacopy. */
export const metacopyRules: readonly Rule[] = [
  rule(176, 'Metadata-only copy-up', (bench) => {
    bench.file('l1/f', 'DATA'.repeat(100));
    bench.rw(on);
    equal(bench.chmod('m/f', 0o600), 'OK');
    deepEqual([bench.stat('u/f').size, bench.read('u/f')], [400, '\0'.repeat(400)]);
    equal(bench.read('m/f'), 'DATA'.repeat(100));
    deepEqual([bench.markNames('u/f'), bench.marks('u/f').metacopy], [['metacopy', 'origin'], '']);
    equal(bench.stat('m/f').blocks, bench.stat('l1/f').blocks);
  }),
  rule(177, 'Which operations stay metadata-only', (bench) => {
    bench.file('l1/f', 'DATA');
    bench.setx('l1/f', 'user.z', '1');
    const { fs, calls } = bench.host;
    const f = bench.p('m/f');
    for (const change of [
      () => bench.chmod('m/f', 0o600),
      () => bench.lchown('m/f', 1, 1),
      () => calls.utimensat(AT_FDCWD, f, 0, UTIME_NOW, 0, UTIME_NOW, 0),
      () => {
        bench.setx('m/f', 'user.a', '1');
      },
      () => {
        fs.lremovexattr(f, 'user.z');
      },
    ]) {
      bench.rw(on);
      change();
      ok(bench.markNames('u/f').includes('metacopy'));
      bench.umount();
      bench.fresh();
    }
    bench.rw(on);
    bench.link('m/f', 'm/g');
    ok(bench.markNames('u/f').includes('metacopy'));
    equal(bench.rename('m/f', 'm/h'), 'OK');
    ok(bench.markNames('u/h').includes('metacopy'));
    bench.umount();
    bench.fresh();
    for (const change of [
      () => bench.touch('m/f', O_WRONLY),
      () => bench.touch('m/f', O_RDWR),
      () => bench.touch('m/f', O_WRONLY | O_APPEND),
      () => bench.touch('m/f', O_WRONLY | O_TRUNC),
      () => bench.truncate('m/f', 2),
      () => bench.truncate('m/f', 0),
    ]) {
      bench.rw(on);
      deepEqual([bench.chmod('m/f', 0o600), change(), bench.markNames('u/f')], ['OK', 'OK', ['origin']]);
      bench.umount();
      bench.fresh();
    }
  }),
  rule(178, 'Rename and link of metacopy files need a redirect', (bench) => {
    for (const file of ['l1/f', 'l1/k', 'l1/n', 'l1/q']) bench.file(file, 'D');
    bench.link('l1/q', 'l1/r');
    bench.dirs('l1/d');
    bench.rw(on);
    const renamed = [bench.rename('m/f', 'm/g'), bench.rename('m/k', 'm/d/k'), bench.rename('m/q', 'm/s')];
    deepEqual(renamed, ['OK', 'OK', 'OK']);
    bench.link('m/n', 'm/o');
    const redirects = ['g', 'd/k', 'n', 'o', 's'].map((path) => bench.marks(`u/${path}`).redirect);
    deepEqual(redirects, ['f', '/k', '/n', '/n', '/q']);
    bench.remount(on);
    for (const path of ['g', 'd/k', 'n', 'o', 's']) equal(bench.read(`m/${path}`), 'D');
  }),
  rule(179, 'Only regular files with metacopy', (bench) => {
    bench.file('l1/e', '');
    bench.host.fs.mknod(bench.p('l1/p'), S_IFIFO | 0o644, 0);
    bench.symlink('x', 'l1/s');
    bench.rw(on);
    deepEqual([bench.chmod('m/e', 0o600), bench.chmod('m/p', 0o600), bench.lchown('m/s', 1, 1)], ['OK', 'OK', 'OK']);
    deepEqual(bench.markedTree(), { e: 'reg metacopy origin', p: 'fifo origin', s: 'lnk origin' });
  }),
  rule(180, 'Metacopy files under metacopy=off', (bench) => {
    bench.file('l1/f', 'DATA');
    bench.rw(on);
    equal(bench.chmod('m/f', 0o600), 'OK');
    bench.remount();
    deepEqual(
      [bench.kind('m/f'), bench.value(() => bench.read('m/f')), bench.unlink('m/f')],
      ['EPERM', 'EPERM', 'EPERM'],
    );
    bench.logged('refusing to follow metacopy origin for (/f)');
  }),
  rule(181, 'Metacopy without data', (bench) => {
    bench.file('l1/f', 'DATA');
    bench.rw(on);
    equal(bench.chmod('m/f', 0o600), 'OK');
    bench.umount();
    bench.rw({ ...on, lower: 'l2' });
    deepEqual([bench.kind('m/f'), bench.unlink('m/f')], ['EIO', 'EIO']);
    bench.logged('metacopy with no lower data found');
  }),
  rule(182, 'Chains', (bench) => {
    bench.file('l2/f', 'DATA');
    makeMetacopy(bench, 'l1/g', 'f');
    bench.whiteout('l1/f');
    bench.rw({ ...on, lower: 'l1:l2' });
    deepEqual([bench.read('m/g'), bench.ls('m')], ['DATA', ['g']]);
    equal(bench.chmod('m/g', 0o600), 'OK');
    deepEqual([bench.markNames('u/g'), bench.read('m/g')], [['metacopy', 'origin'], 'DATA']);
    equal(bench.ino('m/g'), bench.ino('l1/g'));
  }),
];
