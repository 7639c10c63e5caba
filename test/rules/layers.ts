import { deepEqual, equal } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

/** Mount options: layer conflicts and in-use checks. */
export const layerRules: readonly Rule[] = [
  rule(49, 'Same directory twice', (bench) => {
    for (const lower of ['l1:l1', 'u', 'w']) {
      equal(bench.mount({ lower }), 'ELOOP');
      bench.logged('conflicting lowerdir path');
    }
  }),
  rule(50, 'A lower inside another layer', (bench) => {
    bench.dirs('l1/l', 'u/l', 'w/l');
    for (const lower of ['l1:l1/l', 'l1/l:l1', 'u/l', 'w/l']) {
      equal(bench.mount({ lower }), 'ELOOP', lower);
      bench.logged('overlapping lowerdir path');
    }
  }),
  rule(51, 'Upper or work inside a lower', (bench) => {
    bench.dirs('l1/u', 'l1/w');
    bench.file('l1/u/in');
    equal(bench.mount({ upper: 'l1/u' }), 'OK');
    deepEqual(bench.ls('m'), ['in', 'u', 'w']);
    deepEqual([bench.kind('m/u'), bench.rmdir('m/u'), bench.mkdir('m/u/z')], ['ELOOP', 'ELOOP', 'ELOOP']);
    equal(
      bench.value(() => bench.ls('m/u')),
      'ELOOP',
    );
    bench.logged('overlapping layers');
    bench.umount();
    equal(bench.mount({ work: 'l1/w' }), 'OK');
    equal(bench.kind('m/w'), 'ELOOP');
  }),
  rule(52, 'Upper and work must be separate', (bench) => {
    bench.dirs('u/w', 'w/u');
    for (const request of [{ work: 'u' }, { work: 'u/w' }, { upper: 'w/u' }]) {
      equal(bench.mount(request), 'EINVAL');
      bench.logged('must be separate subtrees');
    }
  }),
  rule(53, 'Upper and work on one mount', (bench) => {
    bench.tmpfs('t');
    bench.dirs('t/w');
    equal(bench.mount({ work: 't/w' }), 'EINVAL');
    bench.bind('w', 'w2');
    equal(bench.mount({ work: 'w2' }), 'EINVAL');
    bench.logged('must reside under the same mount');
  }),
  rule(54, 'In use, index off', (bench) => {
    bench.rw();
    bench.dirs('u2', 'w2');
    equal(bench.mount({ at: 'm2' }), 'OK');
    bench.logged('upperdir is in-use as upperdir/workdir of another mount');
    equal(bench.mount({ lower: 'l1:u', upper: 'u2', work: 'w2', at: 'm3' }), 'OK');
    bench.logged('lowerdir is in-use');
  }),
  rule(55, 'In use, index on', (bench) => {
    bench.rw();
    bench.dirs('u2', 'w2', 'u/sub', 'w4');
    for (const request of [
      {},
      { work: 'w2' },
      { upper: 'u2' },
      { lower: 'u', upper: 'u2', work: 'w2' },
      { lower: 'u/sub', upper: 'u2', work: 'w2' },
      { upper: 'u/sub', work: 'w4' },
    ]) {
      equal(bench.mount({ ...request, at: 'm2', extra: 'index=on' }), 'EBUSY');
      bench.logged('override exclusive upperdir protection');
    }
  }),
  rule(56, 'In use ends with the mount', (bench) => {
    bench.rw({ extra: 'index=on' });
    bench.umount();
    equal(bench.mount({ extra: 'index=on' }), 'OK');
  }),
  rule(57, 'Lower layers can be shared', (bench) => {
    bench.dirs('u2', 'w2', 'l1/s', 'u3', 'w3');
    bench.rw();
    equal(bench.mount({ upper: 'u2', work: 'w2', at: 'm2', extra: 'index=on' }), 'OK');
    equal(bench.mount({ lower: 'l1/s', upper: 'u3', work: 'w3', at: 'm3', extra: 'index=on' }), 'OK');
    bench.loggedNothing();
  }),
  rule(58, 'Upper or work on overlayfs', (bench) => {
    bench.dirs('l1/u', 'l1/w');
    bench.rw();
    equal(bench.mount({ lower: 'l2', upper: 'm/u', work: 'm/w', at: 'm2' }), 'EINVAL');
    bench.logged('not supported as upperdir');
    equal(bench.mount({ lower: 'l2', work: 'm/w', at: 'm2' }), 'EINVAL');
  }),
  rule(59, 'Nesting depth', (bench) => {
    bench.dirs('u2', 'w2', 'u3', 'w3');
    bench.rw();
    equal(bench.mount({ lower: 'm', upper: 'u2', work: 'w2', at: 'm2' }), 'OK');
    equal(bench.mount({ lower: 'm2', upper: 'u3', work: 'w3', at: 'm3' }), 'EINVAL');
    bench.logged('maximum fs stacking depth exceeded');
    equal(bench.mount({ lower: 'm2:l2', upper: null, work: null, at: 'm3' }), 'EINVAL');
  }),
  rule(60, 'Submounts inside a layer are not seen', (bench) => {
    bench.file('l1/sub/under');
    bench.tmpfs('l1/sub');
    bench.file('l1/sub/over');
    bench.rw();
    deepEqual(bench.ls('m/sub'), ['under']);
  }),
];
