import { deepEqual, equal } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

const outer = { lower: 'n', upper: 'u2', work: 'w2' };

/** Nested overlays. */
export const nestedRules: readonly Rule[] = [
  rule(197, 'Overlay as a lower', (bench) => {
    bench.dirs('u2', 'w2');
    for (const file of ['l1/a/f', 'l2/a/g', 'l1/h']) bench.file(file);
    bench.rw({ lower: 'l1:l2', at: 'n' });
    equal(bench.unlink('n/a/f'), 'OK');
    bench.rw(outer);
    deepEqual(bench.ls('m/a'), ['g']);
    equal(bench.unlink('m/a/g'), 'OK');
    deepEqual(bench.tree('u2'), { a: 'dir', 'a/g': 'whiteout' });
    deepEqual(bench.tree(), { a: 'dir', 'a/f': 'whiteout' });
    const { ino, dev } = bench.stat('m/h');
    equal(bench.chmod('m/h', 0o600), 'OK');
    deepEqual([bench.marks('u2/h'), bench.ino('m/h'), bench.stat('m/h').dev], [{ origin: '' }, ino, dev]);
  }),
  rule(198, 'Options over an overlay lower', (bench) => {
    bench.dirs('u2', 'w2');
    bench.rw({ at: 'n' });
    for (const [extra, shown] of [
      ['index=on', ['uuid=on']],
      ['nfs_export=on', ['uuid=on']],
      ['xino=auto', ['uuid=on']],
      ['xino=on', ['uuid=on', 'xino=on']],
      ['metacopy=on', ['redirect_dir=on', 'uuid=on', 'metacopy=on']],
    ] as const) {
      bench.rw({ ...outer, extra });
      deepEqual(bench.shown(), shown);
      bench.umount();
      bench.fresh('u2', 'w2');
    }
  }),
  rule(199, 'Escaped marks reach the outer overlay', (bench) => {
    bench.dirs('u2', 'w2');
    bench.file('l1/d/f');
    bench.file('l1/d/x', '');
    bench.setx('l1/d/x', 'trusted.overlay.overlay.whiteout');
    bench.setx('l1/d', 'trusted.overlay.overlay.opaque', 'x');
    bench.file('l1/o/z');
    bench.setx('l1/o', 'trusted.overlay.overlay.opaque');
    bench.file('l3/d/x', 'below');
    bench.file('l3/o/below');
    bench.rw({ lower: 'l1:l2', upper: null, work: null, at: 'n' });
    bench.rw({ ...outer, lower: 'n:l3' });
    deepEqual(
      [bench.marks('n/d'), bench.marks('n/d/x'), bench.ls('n/d')],
      [{ opaque: 'x' }, { whiteout: 'y' }, ['f', 'x']],
    );
    deepEqual([bench.ls('m/d'), bench.kind('m/d/x'), bench.ls('m/o')], [['f'], 'ENOENT', ['z']]);
  }),
  rule(200, 'Inner private state is invisible outside', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('u2', 'w2');
    bench.rw({ extra: 'redirect_dir=on', at: 'n' });
    equal(bench.rename('n/d', 'n/e'), 'OK');
    bench.rw({ ...outer, extra: 'redirect_dir=on' });
    deepEqual([bench.marks('m/e'), bench.ls('m/e')], [{}, ['f']]);
    deepEqual([bench.rename('m/e', 'm/k'), bench.marks('u2/k').redirect, bench.ls('m/k')], ['OK', 'e', ['f']]);
  }),
];
