import { deepEqual, equal } from 'node:assert/strict';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  makedev,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
} from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

/** Create. */
export const createRules: readonly Rule[] = [
  rule(112, 'Create where nothing was', (bench) => {
    bench.rw();
    bench.file('m/f');
    equal(bench.mkdir('m/d'), 'OK');
    bench.symlink('t', 'm/s');
    deepEqual(bench.markedTree(), { d: 'dir', f: 'reg', s: 'lnk' });
  }),
  rule(113, 'Create a file over a whiteout', (bench) => {
    bench.file('l1/f');
    bench.rw();
    for (const kind of ['reg', 'lnk', 'fifo'] as const) {
      equal(bench.unlink('m/f'), 'OK');
      deepEqual(bench.tree(), { f: 'whiteout' });
      bench.make(kind, 'm/f');
      deepEqual(bench.markedTree(), { f: kind });
    }
    equal(bench.unlink('m/f'), 'OK');
    bench.file('m/g');
    bench.link('m/g', 'm/f');
    deepEqual(bench.markedTree(), { f: 'reg', g: 'reg' });
    equal(bench.unlink('m/f'), 'OK');
    deepEqual(bench.tree(), { f: 'whiteout', g: 'reg' });
  }),
  rule(114, 'mkdir over a whiteout', (bench) => {
    bench.file('l1/d/x');
    bench.rw();
    bench.removeTree('m/d');
    equal(bench.mkdir('m/d'), 'OK');
    deepEqual([bench.markedTree(), bench.ls('m/d')], [{ d: 'dir opaque' }, []]);
  }),
  rule(115, 'mkdir in a merged directory', (bench) => {
    bench.dirs('l1/d');
    for (const [extra, marks] of [
      ['', []],
      ['redirect_dir=nofollow', []],
      ['redirect_dir=on', ['opaque']],
      ['index=on', ['opaque']],
      ['metacopy=on', ['opaque']],
      ['xino=on', ['opaque']],
    ] as const) {
      bench.rw({ extra });
      deepEqual([bench.mkdir('m/d/k'), bench.mkdir('m/k'), bench.mkdir('m/k/j')], ['OK', 'OK', 'OK']);
      deepEqual(
        [bench.markNames('u/d/k'), bench.markNames('u/k'), bench.markNames('u/k/j')],
        [marks, marks, []],
        extra,
      );
      bench.umount();
      bench.fresh();
    }
  }),
  rule(116, 'Existing names', (bench) => {
    bench.file('l1/f');
    bench.file('l1/g');
    bench.rw();
    const answers = bench.attempts(
      () => {
        bench.host.fs.mkdir(bench.p('m/f'), 0o777);
      },
      () => bench.host.fs.open(bench.p('m/f'), O_CREAT | O_EXCL),
      () => {
        bench.symlink('x', 'm/f');
      },
      () => {
        bench.host.fs.mknod(bench.p('m/f'), S_IFIFO | 0o644, 0);
      },
      () => {
        bench.link('m/g', 'm/f');
      },
    );
    deepEqual([answers, bench.tree()], [['EEXIST', 'EEXIST', 'EEXIST', 'EEXIST', 'EEXIST'], {}]);
  }),
  rule(117, 'No whiteouts by hand', (bench) => {
    bench.rw();
    const mknod = (path: string, mode: number, dev: number): string =>
      bench.attempt(() => {
        bench.host.fs.mknod(bench.p(path), mode, dev);
      });
    equal(mknod('m/a', S_IFCHR | 0o600, 0), 'EPERM');
    equal(mknod('m/b', S_IFCHR | 0o600, makedev(1, 3)), 'OK');
    equal(mknod('m/c', S_IFBLK | 0o600, 0), 'OK');
    equal(mknod('m/d', S_IFIFO | 0o600, 0), 'OK');
  }),
  rule(118, 'umask and setgid inheritance', (bench) => {
    bench.dirs('l1/g');
    bench.lchown('l1/g', 0, 77);
    bench.chmod('l1/g', 0o2775);
    bench.rw();
    const old = bench.host.calls.umask(0o027);
    deepEqual([bench.mkdir('m/g/d'), bench.touch('m/g/f', O_CREAT | O_RDWR)], ['OK', 'OK']);
    bench.host.calls.umask(old);
    const shown = ['m/g/d', 'm/g/f'].map((path) => [bench.stat(path).mode, bench.stat(path).gid]);
    deepEqual(shown, [
      [0o42750, 77],
      [0o100640, 77],
    ]);
  }),
  rule(119, 'O_TMPFILE', (bench) => {
    const { fs, calls } = bench.host;
    bench.dirs('l1/d');
    bench.rw();
    const fd = fs.open(bench.p('m/d'), O_TMPFILE | O_RDWR, 0o600);
    fs.writeAll(fd, Buffer.from('tmp'));
    deepEqual([fs.fstat(fd).nlink, bench.tree()], [0, { d: 'dir' }]);
    equal(bench.answer(calls.linkat(fd, '', AT_FDCWD, bench.p('m/t'), AT_EMPTY_PATH)), 'OK');
    fs.close(fd);
    deepEqual([bench.read('m/t'), bench.markedTree()], ['tmp', { d: 'dir origin', t: 'reg' }]);
  }),
  rule(120, 'Ownership of new objects', (bench) => {
    bench.dir('l1/w', 0o777);
    bench.rw();
    equal(
      bench.as(1000, 1000, () => bench.mkdir('m/w/d')),
      'OK',
    );
    deepEqual([bench.stat('u/w').uid, bench.stat('u/w/d').uid], [0, 1000]);
  }),
  rule(121, 'Permissions are those of the merged view', (bench) => {
    bench.file('l1/f', 'x', 0o600);
    bench.file('l1/p/g');
    bench.dir('l1/p', 0o700);
    bench.file('l1/w/h', 'x', 0o666);
    bench.dir('l1/w', 0o777);
    bench.rw();
    const answers = bench.as(1000, 1000, () => asStranger(bench));
    deepEqual(answers, ['EACCES', 'EACCES', 'EACCES', 'OK', 'OK', 'EPERM']);
  }),
];

function asStranger(bench: Bench): string[] {
  return [
    bench.touch('m/f', O_RDONLY),
    bench.kind('m/p/g'),
    bench.mkdir('m/x'),
    bench.touch('m/w/h', O_RDWR),
    bench.unlink('m/w/h'),
    bench.chmod('m/f', 0o644),
  ];
}
