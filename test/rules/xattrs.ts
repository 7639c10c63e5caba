import { deepEqual, equal, ok } from 'node:assert/strict';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

/** Extended attributes through the overlay. */
export const xattrRules: readonly Rule[] = [
  rule(170, 'Private xattrs are hidden', (bench) => {
    bench.file('l1/f');
    bench.setx('l1/f', 'trusted.overlay.origin', 'zz');
    bench.setx('l1/f', 'user.overlay.q', '1');
    bench.rw();
    deepEqual(Object.keys(bench.xattrs('m/f')), ['user.overlay.q']);
    equal(
      bench.value(() => bench.getx('m/f', 'trusted.overlay.origin')),
      'ENODATA',
    );
  }),
  rule(171, 'Private names are escaped', (bench) => {
    bench.file('l1/d/f');
    bench.rw();
    const names = ['trusted.overlay', 'trusted.overlay.opaque', 'trusted.overlay.overlay.x', 'trusted.overlayfoo'];
    for (const name of names) {
      bench.setx('m/d', name);
      equal(bench.getx('m/d', name), 'y');
    }
    deepEqual(Object.keys(bench.xattrs('m/d')), names);
    deepEqual(Object.keys(bench.xattrs('u/d')), [
      'trusted.overlay',
      'trusted.overlay.origin',
      'trusted.overlay.overlay.opaque',
      'trusted.overlay.overlay.overlay.x',
      'trusted.overlayfoo',
    ]);
    deepEqual(bench.ls('m/d'), ['f']);
    bench.host.fs.lremovexattr(bench.p('m/d'), 'trusted.overlay.opaque');
    ok(!Object.keys(bench.xattrs('u/d')).includes('trusted.overlay.overlay.opaque'));
  }),
  rule(172, 'Directory xattrs', (bench) => {
    bench.dirs('l1/d');
    bench.setx('l1/d', 'user.a', '1');
    bench.rw();
    bench.setx('m/d', 'user.b', '2');
    const names = Object.keys(bench.xattrs('u/d')).filter((name) => name.startsWith('user'));
    deepEqual(names, ['user.a', 'user.b']);
  }),
  rule(173, 'Symlinks', (bench) => {
    bench.symlink('t', 'l1/s');
    bench.rw();
    deepEqual([setting(bench, 'm/s', 'user.a'), bench.kind('u/s')], ['EPERM', 'ENOENT']);
    deepEqual([setting(bench, 'm/s', 'trusted.a'), bench.kind('u/s')], ['OK', 'lnk']);
  }),
  rule(174, 'trusted.* for ordinary users', (bench) => {
    bench.file('l1/f');
    bench.setx('l1/f', 'trusted.t', '1');
    bench.rw();
    const seen = bench.as(1000, 1000, () => [
      bench.host.fs.llistxattr(bench.p('m/f')),
      bench.value(() => bench.getx('m/f', 'trusted.t')),
    ]);
    deepEqual(seen, [[], 'ENODATA']);
  }),
  rule(175, 'POSIX ACLs', (bench) => {
    bench.file('l1/f');
    bench.rw();
    const name = 'system.posix_acl_access';
    bench.host.fs.lsetxattr(bench.p('m/f'), name, readableBy(1000));
    ok(Object.keys(bench.xattrs('u/f')).includes(name));
    equal(bench.getx('m/f', name), Buffer.from(readableBy(1000)).toString('latin1'));
  }),
];

function setting(bench: Bench, path: string, name: string): string {
  const { calls } = bench.host;
  return bench.answer(calls.setxattrat(AT_FDCWD, bench.p(path), AT_SYMLINK_NOFOLLOW, name, Buffer.from('1'), 0));
}

/** An ACL of mode 0644 that names a user besides. */
function readableBy(uid: number): Uint8Array {
  const nobody = 0xffffffff;
  const entries = [
    [1, 6, nobody],
    [2, 4, uid],
    [4, 4, nobody],
    [16, 4, nobody],
    [32, 4, nobody],
  ] as const;
  const value = Buffer.alloc(4 + 8 * entries.length);
  value.writeUInt32LE(2, 0);
  for (const [at, [tag, permissions, id]] of entries.entries()) {
    value.writeUInt16LE(tag, 4 + 8 * at);
    value.writeUInt16LE(permissions, 6 + 8 * at);
    value.writeUInt32LE(id, 8 + 8 * at);
  }
  return value;
}
