import { deepEqual, equal, notEqual } from 'node:assert/strict';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  makedev,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  S_IFCHR,
  S_IFIFO,
  S_IFSOCK,
  UTIME_NOW,
  XATTR_CREATE,
  XATTR_REPLACE,
  type Fd,
} from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

/** Copy-up. */
export const copyUpRules: readonly Rule[] = [
  rule(92, 'What triggers copy-up', (bench) => {
    prepare(bench);
    const { calls, fs } = bench.host;
    const f = bench.p('m/d/f');
    const triggers: Record<string, () => number | string> = {
      O_WRONLY: () => bench.touch('m/d/f', O_WRONLY),
      O_RDWR: () => bench.touch('m/d/f', O_RDWR),
      'O_RDONLY|O_TRUNC': () => bench.touch('m/d/f', O_RDONLY | O_TRUNC),
      chmod: () => bench.chmod('m/d/f', 0o644),
      chown: () => bench.lchown('m/d/f', -1, -1),
      utimes: () => calls.utimensat(AT_FDCWD, f, 0, UTIME_NOW, 0, UTIME_NOW, 0),
      truncate: () => bench.truncate('m/d/f', 4),
      setxattr: () => calls.setxattrat(AT_FDCWD, f, AT_SYMLINK_NOFOLLOW, 'user.z', Buffer.from('1'), 0),
      removexattr: () => calls.removexattrat(AT_FDCWD, f, AT_SYMLINK_NOFOLLOW, 'user.a'),
      link: () => bench.linkFollowing('m/d/f', 'm/g'),
      rename: () => bench.rename('m/d/f', 'm/d/g'),
      fchmod: () => onDescriptor(bench, O_RDONLY, (fd) => calls.fchmod(fd, 0o600)),
      fsetxattr: () => onDescriptor(bench, O_RDONLY, (fd) => calls.fsetxattr(fd, 'user.q', Buffer.from('1'), 0)),
      futimens: () =>
        onDescriptor(bench, O_RDONLY, (fd) => calls.utimensat(fd, undefined, 0, UTIME_NOW, 0, UTIME_NOW, 0)),
      fallocate: () => onDescriptor(bench, O_RDWR, (fd) => calls.fallocate(fd, 0, 0, 8)),
    };
    for (const [name, trigger] of Object.entries(triggers)) {
      const answer = trigger();
      equal(typeof answer === 'number' ? bench.answer(answer) : answer, 'OK', name);
      equal(bench.kind(name === 'rename' ? 'u/d/g' : 'u/d/f'), 'reg', name);
      begin(bench);
    }
    fs.access(f, 0);
    deepEqual(bench.tree(), {});
  }),
  rule(93, 'Failing calls that copy up anyway', (bench) => {
    prepare(bench);
    const { calls } = bench.host;
    const set = (name: string, flags: number): string =>
      bench.answer(calls.setxattrat(AT_FDCWD, bench.p('m/d/f'), AT_SYMLINK_NOFOLLOW, name, Buffer.from('1'), flags));
    for (const [name, flags, answer] of [
      ['user.z', XATTR_REPLACE, 'ENODATA'],
      ['user.a', XATTR_CREATE, 'EEXIST'],
      ['bogus.z', 0, 'EOPNOTSUPP'],
    ] as const) {
      deepEqual([set(name, flags), bench.kind('u/d/f')], [answer, 'reg'], name);
      begin(bench);
    }
  }),
  rule(94, 'Failing calls that do not copy up', (bench) => {
    prepare(bench);
    const { calls } = bench.host;
    bench.dirs('m/x');
    const f = bench.p('m/d/f');
    const answers = [
      bench.answer(calls.removexattrat(AT_FDCWD, f, AT_SYMLINK_NOFOLLOW, 'user.z')),
      bench.truncate('m/d/f', -1),
      bench.answer(onDescriptor(bench, O_RDONLY, (fd) => calls.ftruncate(fd, 0))),
      bench.touch('m/d/f', O_CREAT | O_EXCL | O_RDWR),
      bench.linkFollowing('m/d/f', 'm/d'),
      bench.rename('m/d/f', 'm/d/f'),
      bench.rename('m/d/f', 'm/x'),
      bench.rename('m/d/f', 'm/d/no/q'),
    ];
    deepEqual(answers, ['ENODATA', 'EINVAL', 'EINVAL', 'EEXIST', 'EEXIST', 'OK', 'EISDIR', 'ENOENT']);
    deepEqual(bench.tree(), { x: 'dir' });
  }),
  rule(95, 'What a copied-up file keeps', (bench) => {
    prepare(bench);
    equal(bench.chmod('m/d/f', 0o600), 'OK');
    const { mode, uid, gid, mtime, atime } = bench.stat('u/d/f');
    deepEqual([mode, uid, gid, mtime.sec, atime.sec], [0o100600, 3, 4, 1_000_000_001, 1_000_000_000]);
    equal(bench.read('u/d/f'), 'data');
    const kept = ['trusted.b', 'trusted.overlay.origin', 'trusted.overlay.overlay.bar', 'user.a'];
    deepEqual(Object.keys(bench.xattrs('u/d/f')), kept);
  }),
  rule(96, 'Parents are copied up first', (bench) => {
    bench.file('l1/a/b/f');
    bench.file('l1/a/b/g');
    bench.dir('l1/a', 0o711);
    bench.setx('l1/a', 'user.k', '1');
    bench.times('l1/a/b', 1, 1_000_000_000);
    bench.times('l1/a', 1, 1_000_000_005);
    bench.rw();
    equal(bench.chmod('m/a/b/f', 0o600), 'OK');
    deepEqual(bench.markedTree(), { a: 'dir impure origin', 'a/b': 'dir impure origin', 'a/b/f': 'reg origin' });
    const { mode, mtime } = bench.stat('u/a');
    deepEqual([mode, bench.getx('u/a', 'user.k'), mtime.sec], [0o40711, '1', 1_000_000_005]);
    equal(bench.stat('u/a/b').mtime.sec, 1_000_000_000);
    deepEqual(bench.markNames('u'), ['impure', 'uuid']);
  }),
  rule(97, 'Copying up a directory alone', (bench) => {
    bench.file('l1/d/f');
    bench.rw();
    equal(bench.chmod('m/d', 0o700), 'OK');
    deepEqual(bench.markedTree(), { d: 'dir origin' });
    deepEqual([bench.stat('m/d').nlink, bench.ls('m/d')], [1, ['f']]);
  }),
  rule(98, 'Creating in a lower directory', (bench) => {
    bench.dirs('l1/d');
    bench.rw();
    for (const kind of ['reg', 'dir', 'lnk', 'fifo'] as const) {
      bench.make(kind, 'm/d/x');
      deepEqual(bench.markedTree(), { d: 'dir origin', 'd/x': kind });
      begin(bench);
    }
    equal(bench.touch('m/d', O_TMPFILE | O_RDWR), 'OK');
    deepEqual(bench.markedTree(), { d: 'dir origin' });
  }),
  rule(99, 'Symlinks, fifos, sockets, devices', (bench) => {
    const { fs } = bench.host;
    bench.symlink('zz', 'l1/s');
    fs.mknod(bench.p('l1/p'), S_IFIFO | 0o644, 0);
    fs.mknod(bench.p('l1/c'), S_IFCHR | 0o666, makedev(1, 3));
    fs.mknod(bench.p('l1/k'), S_IFSOCK | 0o644, 0);
    bench.rw();
    deepEqual([bench.touch('m/c', O_RDWR), bench.touch('m/p', O_RDWR)], ['OK', 'OK']);
    deepEqual(bench.tree(), {});
    for (const name of 'pck') equal(bench.chmod(`m/${name}`, 0o600), 'OK');
    equal(bench.lchown('m/s', 1, 1), 'OK');
    deepEqual(bench.markedTree(), { c: 'chr origin', k: 'sock origin', p: 'fifo origin', s: 'lnk origin' });
    deepEqual([fs.readlink(bench.p('u/s')), bench.stat('u/c').rdev], ['zz', makedev(1, 3)]);
  }),
  rule(100, 'Copy-up keeps st_ino', (bench) => {
    bench.file('l1/f');
    bench.dirs('l1/d');
    bench.rw();
    const numbers = [bench.ino('m/f'), bench.ino('m/d')];
    deepEqual([bench.chmod('m/f', 0o600), bench.chmod('m/d', 0o700)], ['OK', 'OK']);
    deepEqual([bench.ino('m/f'), bench.ino('m/d')], numbers);
    equal(bench.stat('m/f').dev, bench.stat('m').dev);
    notEqual(bench.ino('u/f'), numbers[0]);
    bench.remount();
    deepEqual([bench.ino('m/f'), bench.ino('m/d')], numbers);
  }),
  rule(101, 'Hard links break without index', (bench) => {
    bench.file('l1/f', 'd');
    bench.link('l1/f', 'l1/g');
    bench.rw();
    deepEqual([bench.ino('m/f') === bench.ino('m/g'), bench.stat('m/f').nlink], [true, 2]);
    equal(bench.chmod('m/f', 0o600), 'OK');
    deepEqual([bench.marks('u/f'), bench.ino('m/f') === bench.ino('u/f')], [{}, true]);
    const { nlink, mode } = bench.stat('m/g');
    deepEqual([bench.stat('m/f').nlink, nlink, mode], [1, 2, 0o100644]);
  }),
  rule(102, 'Read-only fd across copy-up', (bench) => {
    bench.file('l1/f', 'old');
    bench.rw();
    const fd = bench.host.fs.open(bench.p('m/f'), O_RDONLY);
    const { ino } = bench.host.fs.fstat(fd);
    bench.write('m/f', 'new!');
    equal(bench.readFd(fd), 'new!');
    const { size, ino: later } = bench.host.fs.fstat(fd);
    deepEqual([size, later], [4, ino]);
    bench.host.fs.close(fd);
  }),
  rule(103, 'Unlinked files stay usable', (bench) => {
    const { fs, calls } = bench.host;
    bench.file('l1/f', 'old');
    bench.file('l1/g', 'old');
    bench.rw();
    const reader = fs.open(bench.p('m/f'), O_RDONLY);
    const writer = fs.open(bench.p('m/g'), O_RDWR);
    deepEqual([bench.unlink('m/f'), bench.unlink('m/g')], ['OK', 'OK']);
    deepEqual([bench.readFd(reader), fs.fstat(reader).nlink], ['old', 1]);
    equal(bench.answer(calls.fchmod(reader, 0o600)), 'EEXIST');
    fs.writeAll(writer, Buffer.from('X'));
    fs.lseek(writer, 0, 0);
    deepEqual([fs.fstat(writer).nlink, bench.readFd(writer)], [0, 'Xld']);
    fs.close(reader);
    fs.close(writer);
  }),
  rule(104, 'O_TRUNC skips the data', (bench) => {
    bench.file('l1/f', 'data');
    bench.rw();
    equal(bench.touch('m/f', O_WRONLY | O_TRUNC), 'OK');
    deepEqual([bench.read('u/f'), bench.markNames('u/f')], ['', ['origin']]);
  }),
  rule(105, 'set-id bits and copy-up', (bench) => {
    bench.file('l1/f', 'x', 0o4755);
    bench.rw();
    onDescriptor(bench, O_RDWR, (fd) => bench.host.calls.write(fd, Buffer.from('x')), 'm/f');
    equal(bench.stat('m/f').mode, 0o104755);
    equal(bench.lchown('m/f', 1, 1), 'OK');
    equal(bench.stat('m/f').mode, 0o100755);
  }),
];

/** A lower file d/f with everything that a copy-up must look after, under a fresh mount. */
function prepare(bench: Bench): void {
  bench.file('l1/d/f', 'data');
  bench.lchown('l1/d/f', 3, 4);
  bench.setx('l1/d/f', 'user.a', '1');
  bench.setx('l1/d/f', 'trusted.b', '2');
  bench.setx('l1/d/f', 'trusted.overlay.foo', '3');
  bench.setx('l1/d/f', 'trusted.overlay.overlay.bar', '4');
  bench.times('l1/d/f', 1_000_000_000, 1_000_000_001);
  bench.times('l1/d', 1_000_000_000, 1_000_000_002);
  bench.rw();
}

function begin(bench: Bench): void {
  bench.umount();
  bench.fresh();
  bench.rw();
}

function onDescriptor(bench: Bench, flags: number, call: (fd: Fd) => number, path = 'm/d/f'): number {
  const fd = bench.host.fs.open(bench.p(path), flags);
  const answer = call(fd);
  bench.host.fs.close(fd);
  return answer;
}
