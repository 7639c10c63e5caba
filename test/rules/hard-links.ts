import { deepEqual, equal, ok } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

const on = { extra: 'index=on' };

/** Hard links and index. */
export const hardLinkRules: readonly Rule[] = [
  rule(158, 'Link a lower file', (bench) => {
    bench.file('l1/f');
    bench.dirs('l1/d');
    bench.rw();
    bench.link('m/f', 'm/d/g');
    deepEqual(bench.markedTree(), { d: 'dir impure origin', 'd/g': 'reg origin', f: 'reg origin' });
    equal(bench.ino('u/f'), bench.ino('u/d/g'));
  }),
  rule(159, 'Link errors', (bench) => {
    bench.file('l1/f');
    bench.dirs('l1/d');
    bench.rw();
    const answers = [
      ['m/d', 'm/x'],
      ['m/f', 'm/d'],
      ['m/q', 'm/x'],
      ['m/f', 'u/x'],
    ].map(([from = '', to = '']) =>
      bench.attempt(() => {
        bench.link(from, to);
      }),
    );
    deepEqual(answers, ['EPERM', 'EEXIST', 'ENOENT', 'EXDEV']);
  }),
  rule(160, 'index=on at mount', (bench) => {
    bench.rw(on);
    deepEqual(
      [bench.ls('w'), bench.markNames('w/index'), bench.markNames('u')],
      [['index', 'work'], ['upper'], ['origin', 'uuid']],
    );
    equal(bench.stat('w/index').mode, 0o40000);
  }),
  rule(161, 'index=on keeps hard links together', (bench) => {
    bench.file('l1/f', 'A');
    bench.link('l1/f', 'l1/g');
    bench.link('l1/f', 'l1/h');
    bench.rw(on);
    const ino = bench.ino('m/g');
    bench.write('m/f', 'B');
    for (const name of 'fgh') {
      const path = `m/${name}`;
      deepEqual([bench.read(path), bench.ino(path), bench.stat(path).nlink], ['B', ino, 3]);
    }
    const [entry = '', ...others] = bench.indexEntries();
    const { origin = '', nlink } = bench.marks('u/f');
    deepEqual([bench.tree(), others, nlink], [{ f: 'reg' }, [], 'U+1']);
    equal(entry, Buffer.from(origin, 'latin1').toString('hex'));
    equal(bench.ino(`w/index/${entry}`), bench.ino('u/f'));
  }),
  rule(162, 'index=on: unlink and link update the count', (bench) => {
    bench.file('l1/f', 'A');
    bench.link('l1/f', 'l1/g');
    bench.link('l1/f', 'l1/h');
    bench.rw(on);
    bench.write('m/f', 'B');
    equal(bench.unlink('m/g'), 'OK');
    deepEqual([bench.stat('m/h').nlink, bench.marks('u/f').nlink], [2, 'U+0']);
    deepEqual(bench.tree(), { f: 'reg', g: 'whiteout' });
    bench.link('m/h', 'm/k');
    deepEqual([bench.stat('m/f').nlink, bench.marks('u/f').nlink, bench.kind('u/h')], [3, 'U-1', 'reg']);
    for (const name of 'fhk') equal(bench.unlink(`m/${name}`), 'OK');
    deepEqual([bench.tree(), bench.indexEntries()], [{ f: 'whiteout', g: 'whiteout', h: 'whiteout' }, []]);
  }),
  rule(163, 'index=on does not index single-link files', (bench) => {
    bench.file('l1/one');
    bench.file('l1/two');
    bench.rw(on);
    bench.write('m/one', 'x');
    equal(bench.unlink('m/two'), 'OK');
    deepEqual([bench.indexEntries(), bench.markNames('u/one')], [[], ['origin']]);
  }),
  rule(164, 'index=on: unlink of a lower hard link without copy-up', (bench) => {
    bench.file('l1/f', 'A');
    bench.link('l1/f', 'l1/g');
    bench.rw(on);
    equal(bench.unlink('m/f'), 'OK');
    const [entry = '', ...others] = bench.indexEntries();
    deepEqual([bench.stat('m/g').nlink, bench.tree(), others], [1, { f: 'whiteout' }, []]);
    ok(bench.markNames(`w/index/${entry}`).includes('nlink'));
  }),
  rule(165, 'index=on binds upper and lower root', (bench) => {
    bench.rw(on);
    bench.umount();
    equal(bench.mount({ ...on, lower: 'l2' }), 'ESTALE');
    bench.logged('failed to verify upper root origin');
    equal(bench.mount({ ...on, lower: 'l1:l2' }), 'OK');
    bench.umount();
    deepEqual([bench.mount({ ...on, lower: 'l2:l1' }), bench.mount({ lower: 'l2' })], ['ESTALE', 'OK']);
  }),
  rule(166, 'index dir belongs to one upper', (bench) => {
    bench.rw(on);
    bench.umount();
    bench.dirs('u2');
    equal(bench.mount({ ...on, upper: 'u2' }), 'ESTALE');
    bench.logged('try deleting index dir');
    equal(bench.mount({ upper: 'u2', extra: 'index=off' }), 'OK');
  }),
  rule(167, 'Junk in the index dir', (bench) => {
    bench.file('w/index/junk');
    equal(bench.mount(on), 'EINVAL');
    bench.logged('failed index dir cleanup');
  }),
  rule(168, 'Turning index off later', (bench) => {
    bench.file('l1/f');
    bench.link('l1/f', 'l1/g');
    bench.rw(on);
    equal(bench.chmod('m/f', 0o600), 'OK');
    bench.remount({ extra: 'index=off' });
    const shown = ['m/f', 'm/g'].map((path) => [bench.stat(path).nlink, bench.stat(path).mode]);
    deepEqual(shown, [
      [2, 0o100600],
      [2, 0o100644],
    ]);
  }),
  rule(169, 'nfs_export indexes everything', (bench) => {
    bench.file('l1/f');
    bench.dirs('l1/d');
    bench.rw({ extra: 'nfs_export=on' });
    bench.write('m/f', 'n');
    equal(bench.chmod('m/d', 0o700), 'OK');
    const entries = bench.indexEntries().map((name) => `w/index/${name}`);
    deepEqual([bench.kinds(...entries).sort(), bench.marks('u/f').nlink], [['dir', 'reg'], 'U-1']);
    const ofDirectory = entries.find((entry) => bench.kind(entry) === 'dir') ?? '';
    deepEqual(bench.markNames(ofDirectory), ['upper']);
    deepEqual([bench.unlink('m/f'), bench.rmdir('m/d')], ['OK', 'OK']);
    deepEqual(bench.kinds(...entries), ['whiteout', 'whiteout']);
  }),
];
