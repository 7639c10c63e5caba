import { deepEqual, equal, ok } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

const on = { extra: 'userxattr' };

/** userxattr. */
export const userxattrRules: readonly Rule[] = [
  rule(192, 'Namespace', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('l1/k');
    bench.rw(on);
    deepEqual([bench.chmod('m/d/f', 0o600), bench.rmdir('m/k')], ['OK', 'OK']);
    equal(bench.kind('u/k'), 'whiteout');
    equal(bench.mkdir('m/k'), 'OK');
    const marks = ['u', 'u/d', 'u/k'].map((path) => bench.markNames(path, 'user.overlay.'));
    deepEqual(marks, [['impure', 'uuid'], ['impure', 'origin'], ['opaque']]);
    deepEqual(bench.marks('u'), {});
    bench.setx('m/d', 'user.overlay.x', '1');
    bench.setx('m/d', 'trusted.overlay.opaque');
    const names = Object.keys(bench.xattrs('u/d'));
    ok(names.includes('user.overlay.overlay.x') && names.includes('trusted.overlay.opaque'));
    deepEqual(bench.ls('m/d'), ['f']);
  }),
  rule(193, 'Opaque and whiteout marks', (bench) => {
    for (const file of ['l1/d/a', 'l2/d/b', 'l1/e/a', 'l2/e/b']) bench.file(file);
    bench.opaque('l1/d');
    bench.setx('l1/e', 'user.overlay.opaque');
    bench.rw({ ...on, lower: 'l1:l2' });
    deepEqual([bench.ls('m/d'), bench.ls('m/e')], [['a', 'b'], ['a']]);
    bench.umount();
    bench.rw({ lower: 'l1:l2' });
    deepEqual([bench.ls('m/d'), bench.ls('m/e')], [['a'], ['a', 'b']]);
  }),
  rule(
    194,
    'Unprivileged mounts',
    (bench) => {
      const answers = ['', 'userxattr', 'redirect_dir=on', 'metacopy=on'].map((extra) => {
        bench.fresh('l1', 'u', 'w', 'm');
        bench.dirs('l1/d');
        const mounted = bench.mount({ extra });
        if (mounted !== 'OK') return mounted;
        const made = [bench.rmdir('m/d'), bench.mkdir('m/d')];
        const shown = bench.shown();
        bench.umount();
        return [...made, ...shown];
      });
      deepEqual(answers, [
        ['OK', 'EIO', 'redirect_dir=nofollow', 'uuid=null'],
        ['OK', 'OK', 'redirect_dir=nofollow', 'uuid=on', 'userxattr'],
        'EPERM',
        'EPERM',
      ]);
    },
    'user-namespace',
  ),
];
