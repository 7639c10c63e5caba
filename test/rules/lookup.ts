import { deepEqual, equal } from 'node:assert/strict';
import { makedev, O_APPEND, O_CREAT, O_PATH, O_RDONLY, S_IFCHR, LOCK_EX, W_OK } from '../../src/host/index.ts';
import { rule, type Rule } from './rule.ts';

/** Lookup and merge. */
export const lookupRules: readonly Rule[] = [
  rule(75, 'Upper hides lower, directories merge', (bench) => {
    bench.file('l1/f', 'low');
    bench.file('u/f', 'up');
    for (const file of ['l1/d/a', 'u/d/b', 'l1/x/q', 'u/x', 'l1/y']) bench.file(file);
    bench.dirs('u/y');
    bench.rw();
    deepEqual([bench.read('m/f'), bench.ls('m/d'), bench.ls('m/y')], ['up', ['a', 'b'], []]);
    deepEqual(bench.kinds('m/x', 'm/y'), ['reg', 'dir']);
  }),
  rule(76, 'A non-directory ends the merge', (bench) => {
    for (const file of ['l1/d/a', 'l2/d', 'l3/d/c']) bench.file(file);
    bench.rw({ lower: 'l1:l2:l3' });
    deepEqual(bench.ls('m/d'), ['a']);
    deepEqual([bench.unlink('m/d/a'), bench.rmdir('m/d')], ['OK', 'OK']);
    deepEqual(bench.kinds('u/d', 'm/d'), ['whiteout', 'ENOENT']);
  }),
  rule(77, 'Whiteouts hide everything below', (bench) => {
    bench.whiteout('l1/f');
    bench.file('l2/f');
    bench.file('l1/g', 'top');
    bench.whiteout('l2/g');
    bench.file('l3/g', 'bottom');
    bench.rw({ lower: 'l1:l2:l3' });
    deepEqual([bench.kind('m/f'), bench.read('m/g'), bench.ls('m')], ['ENOENT', 'top', ['g']]);
  }),
  rule(78, 'What is a whiteout', (bench) => {
    bench.whiteout('l1/a');
    bench.whiteout('u/b');
    bench.host.fs.mknod(bench.p('l1/c'), S_IFCHR | 0o666, makedev(1, 3));
    bench.rw();
    deepEqual(bench.kinds('m/a', 'm/b', 'm/c'), ['ENOENT', 'ENOENT', 'chr']);
    deepEqual(bench.ls('m'), ['c']);
  }),
  rule(79, 'Stray whiteout in a directory of a single layer', (bench) => {
    bench.whiteout('l1/d/x');
    bench.file('l1/d/y');
    bench.rw();
    deepEqual([bench.ls('m/d'), bench.kind('m/d/x')], [['x', 'y'], 'ENOENT']);
    equal(bench.chmod('m/d', 0o700), 'OK');
    deepEqual(bench.ls('m/d'), ['y']);
  }),
  rule(80, 'Opaque directory', (bench) => {
    for (const [number, value] of ['y', 'x', 'n', '', 'yy'].entries()) {
      for (const file of [`l1/d${number}/a`, `l2/d${number}/b`, `u/d${number}/u`]) bench.file(file);
      bench.opaque(`l1/d${number}`, value);
    }
    bench.file('u/e/a');
    bench.opaque('u/e');
    bench.file('l1/e/b');
    bench.rw({ lower: 'l1:l2' });
    deepEqual(bench.ls('m/d0'), ['a', 'u']);
    for (const number of [1, 2, 3, 4]) deepEqual(bench.ls(`m/d${number}`), ['a', 'b', 'u']);
    deepEqual(bench.ls('m/e'), ['a']);
  }),
  rule(81, 'Opaque on a layer root is ignored', (bench) => {
    for (const file of ['u/a', 'l1/b', 'l2/c']) bench.file(file);
    bench.opaque('u');
    bench.opaque('l1');
    bench.rw({ lower: 'l1:l2' });
    deepEqual(bench.ls('m'), ['a', 'b', 'c']);
  }),
  rule(82, "Merged directory shows the top one's metadata", (bench) => {
    bench.dir('l1/d', 0o700);
    bench.dir('l2/d', 0o777);
    bench.setx('l1/d', 'user.a', '1');
    bench.setx('l2/d', 'user.b', '2');
    bench.lchown('l2/d', 5, 5);
    bench.rw({ lower: 'l1:l2' });
    const { mode, uid, nlink } = bench.stat('m/d');
    deepEqual([mode, uid, nlink, Object.keys(bench.xattrs('m/d'))], [0o40700, 0, 1, ['user.a']]);
  }),
  rule(83, 'xattr whiteouts: lookup', (bench) => {
    for (const [name, mark] of [
      ['d', 'x'],
      ['e', undefined],
      ['f', 'y'],
    ] as const) {
      bench.file(`l1/${name}/x`, '');
      bench.setx(`l1/${name}/x`, 'trusted.overlay.whiteout');
      bench.file(`l2/${name}/x`, 'low');
      if (mark !== undefined) bench.opaque(`l1/${name}`, mark);
    }
    bench.file('u/g/x', '');
    bench.setx('u/g/x', 'trusted.overlay.whiteout');
    bench.file('l1/g/x');
    bench.file('l1/h/x', 'data');
    bench.setx('l1/h/x', 'trusted.overlay.whiteout');
    bench.dirs('l1/h/y');
    bench.setx('l1/h/y', 'trusted.overlay.whiteout');
    bench.opaque('l1/h', 'x');
    bench.rw({ lower: 'l1:l2' });
    for (const name of 'defg') equal(bench.kind(`m/${name}/x`), 'ENOENT', name);
    deepEqual(bench.kinds('m/h/x', 'm/h/y'), ['reg', 'dir']);
  }),
  rule(84, 'xattr whiteouts: readdir', (bench) => {
    for (const name of ['d', 'e']) {
      bench.file(`l1/${name}/x`, '');
      bench.setx(`l1/${name}/x`, 'trusted.overlay.whiteout');
      for (const file of [`l1/${name}/y`, `l2/${name}/x`, `l2/${name}/z`]) bench.file(file);
    }
    bench.opaque('l1/d', 'x');
    bench.file('u/g/x', '');
    bench.setx('u/g/x', 'trusted.overlay.whiteout');
    bench.opaque('u/g', 'x');
    bench.file('l1/g/x');
    bench.rw({ lower: 'l1:l2' });
    deepEqual([bench.ls('m/d'), bench.ls('m/e'), bench.ls('m/g')], [['y', 'z'], ['x', 'y', 'z'], ['x']]);
  }),
  rule(85, 'Name length', (bench) => {
    const longest = 'n'.repeat(255);
    bench.file(`l1/${longest}`);
    bench.rw();
    deepEqual([bench.kind(`m/${longest}`), bench.unlink(`m/${longest}`)], ['reg', 'OK']);
    equal(bench.kind(`u/${longest}`), 'whiteout');
    const longer = `m/${'q'.repeat(256)}`;
    deepEqual([bench.kind(longer), bench.mkdir(longer)], ['ENAMETOOLONG', 'ENAMETOOLONG']);
  }),
  rule(86, 'Reading does not touch the lower', (bench) => {
    const { fs } = bench.host;
    const f = bench.p('m/d/f');
    bench.file('l1/d/f');
    bench.times('l1/d/f', 1_000_000_000);
    bench.rw();
    bench.read('m/d/f');
    bench.stat('m/d/f');
    fs.access(f, W_OK);
    bench.xattrs('m/d/f');
    for (const flags of [O_RDONLY | O_APPEND, O_PATH, O_RDONLY | O_CREAT]) equal(bench.touch('m/d/f', flags), 'OK');
    const fd = fs.open(f, O_RDONLY);
    fs.flock(fd, LOCK_EX);
    fs.fsync(fd);
    fs.close(fd);
    deepEqual([bench.tree(), bench.stat('l1/d/f').atime.sec], [{}, 1_000_000_000]);
  }),
];
