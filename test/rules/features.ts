import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';

/** Mount options: features and their conflicts. */
export const featureRules: readonly Rule[] = [
  rule(27, 'redirect_dir values', (bench) => {
    deepEqual(bench.tryOption('redirect_dir=off'), ['uuid=on']);
    deepEqual(bench.tryOption('redirect_dir=follow'), ['uuid=on']);
    deepEqual(bench.tryOption('redirect_dir=nofollow'), ['redirect_dir=nofollow', 'uuid=on']);
    deepEqual(bench.tryOption('redirect_dir=on'), ['redirect_dir=on', 'uuid=on']);
  }),
  rule(28, 'redirect_dir on a lower-only mount', (bench) => {
    for (const mode of ['off', 'follow', 'on']) {
      deepEqual(bench.tryLowerOption(`redirect_dir=${mode}`), ['ro', 'redirect_dir=on']);
    }
    deepEqual(bench.tryLowerOption('redirect_dir=nofollow'), ['ro', 'redirect_dir=nofollow']);
  }),
  rule(29, 'metacopy=on switches redirect_dir on', (bench) => {
    deepEqual(bench.tryOption('metacopy=on'), ['redirect_dir=on', 'uuid=on', 'metacopy=on']);
  }),
  rule(30, 'metacopy=on with an explicit other redirect_dir', (bench) => {
    for (const mode of ['off', 'follow']) {
      equal(bench.tryOption(`metacopy=on,redirect_dir=${mode}`), 'EINVAL');
      bench.logged('conflicting options: metacopy=on,redirect_dir=follow');
    }
    equal(bench.tryOption('metacopy=on,redirect_dir=nofollow'), 'EINVAL');
    bench.logged('conflicting options: metacopy=on,redirect_dir=nofollow');
  }),
  rule(31, 'metacopy=on on a lower-only mount', (bench) => {
    for (const more of ['', ',redirect_dir=follow', ',redirect_dir=off', ',redirect_dir=on']) {
      deepEqual(bench.tryLowerOption(`metacopy=on${more}`), ['ro', 'redirect_dir=on', 'metacopy=on']);
    }
    equal(bench.tryLowerOption('metacopy=on,redirect_dir=nofollow'), 'EINVAL');
  }),
  rule(32, 'nfs_export switches index on', (bench) => {
    const shown = ['index=on', 'uuid=on', 'nfs_export=on'];
    deepEqual(bench.tryOption('nfs_export=on'), shown);
    deepEqual(bench.tryOption('nfs_export=on,index=on'), shown);
    deepEqual(bench.tryOption('nfs_export=on,metacopy=off'), shown);
    equal(bench.tryOption('nfs_export=on,index=off'), 'EINVAL');
    bench.logged('conflicting options: nfs_export=on,index=off');
    equal(bench.tryOption('nfs_export=on,metacopy=on'), 'EINVAL');
    bench.logged('conflicting options: nfs_export=on,metacopy=on');
  }),
  rule(33, 'nfs_export on a lower-only mount', (bench) => {
    deepEqual(bench.tryLowerOption('nfs_export=on'), ['ro', 'redirect_dir=on']);
    bench.logged('falling back to nfs_export=off');
    const shown = ['ro', 'redirect_dir=nofollow', 'nfs_export=on'];
    deepEqual(bench.tryLowerOption('nfs_export=on,redirect_dir=nofollow'), shown);
  }),
  rule(34, 'index and volatile on a lower-only mount', (bench) => {
    deepEqual(bench.tryLowerOption('index=on'), ['ro', 'redirect_dir=on']);
    bench.logged('useless in a non-upper mount');
    deepEqual(bench.tryLowerOption('uuid=on'), ['ro', 'redirect_dir=on', 'uuid=null']);
    bench.logged('requires an upper fs, falling back to uuid=null');
    deepEqual(bench.tryLowerOption('volatile'), ['ro', 'redirect_dir=on']);
    bench.logged('meaningless in a non-upper mount');
  }),
  rule(35, 'userxattr forces nofollow and no metacopy', (bench) => {
    const alone = ['redirect_dir=nofollow', 'uuid=on', 'userxattr'];
    for (const more of ['', ',redirect_dir=nofollow', ',metacopy=off']) {
      deepEqual(bench.tryOption(`userxattr${more}`), alone);
    }
    for (const more of ['redirect_dir=on', 'redirect_dir=follow', 'redirect_dir=off', 'metacopy=on']) {
      equal(bench.tryOption(`userxattr,${more}`), 'EINVAL', more);
    }
    deepEqual(bench.tryOption('userxattr,index=on'), ['redirect_dir=nofollow', 'index=on', 'uuid=on', 'userxattr']);
    const exported = ['redirect_dir=nofollow', 'index=on', 'uuid=on', 'nfs_export=on', 'userxattr'];
    deepEqual(bench.tryOption('userxattr,nfs_export=on'), exported);
    const volatile = ['redirect_dir=nofollow', 'uuid=on', 'fsync=volatile', 'userxattr'];
    deepEqual(bench.tryOption('userxattr,volatile'), volatile);
  }),
  rule(36, 'verity values', (bench) => {
    for (const more of ['', ',metacopy=off', ',redirect_dir=off']) {
      deepEqual(bench.tryOption(`verity=on${more}`), ['uuid=on', 'verity=on']);
    }
    deepEqual(bench.tryOption('verity=off'), ['uuid=on']);
    deepEqual(bench.tryOption('verity=require'), ['uuid=on', 'verity=require']);
    const shown = ['redirect_dir=nofollow', 'uuid=on', 'userxattr', 'verity=on'];
    deepEqual(bench.tryOption('verity=on,userxattr'), shown);
    const exported = ['index=on', 'uuid=on', 'nfs_export=on', 'verity=on'];
    deepEqual(bench.tryOption('verity=on,nfs_export=on'), exported);
  }),
  rule(37, 'volatile / fsync=', (bench) => {
    const volatile = ['uuid=on', 'fsync=volatile'];
    deepEqual(bench.tryOption('volatile'), volatile);
    deepEqual(bench.tryOption('fsync=volatile'), volatile);
    deepEqual(bench.tryOption('fsync=strict,volatile'), volatile);
    deepEqual(bench.tryOption('fsync=strict'), ['uuid=on', 'fsync=strict']);
    deepEqual(bench.tryOption('volatile,fsync=strict'), ['uuid=on', 'fsync=strict']);
    deepEqual(bench.tryOption('fsync=auto'), ['uuid=on']);
  }),
  rule(38, 'xino on one filesystem', (bench) => {
    for (const mode of ['auto', 'off', 'on']) deepEqual(bench.tryOption(`xino=${mode}`), ['uuid=on']);
    bench.logged('useless with all layers on same fs');
  }),
  rule(39, 'xino on several filesystems', (bench) => {
    bench.tmpfs('t1');
    bench.tmpfs('t2');
    deepEqual(bench.tryOption('xino=off', { lower: 't1' }), ['uuid=on']);
    deepEqual(bench.tryOption('xino=auto', { lower: 't1' }), ['uuid=on', 'xino=auto']);
    deepEqual(bench.tryOption('xino=on', { lower: 't1' }), ['uuid=on', 'xino=on']);
    bench.logged('enabled using 2 upper inode bits');
    deepEqual(bench.tryOption('xino=on', { lower: 't1:t2' }), ['uuid=on', 'xino=on']);
    bench.logged('enabled using 3 upper inode bits');
  }),
  rule(40, 'uuid values', (bench) => {
    for (const mode of ['on', 'auto']) deepEqual(bench.tryOption(`uuid=${mode}`), ['uuid=on']);
    for (const mode of ['null', 'off']) deepEqual(bench.tryOption(`uuid=${mode}`), [`uuid=${mode}`]);
    bench.rw({ extra: 'uuid=null' });
    deepEqual(bench.marks('u'), {});
  }),
  rule(41, 'uuid=off needs one filesystem', (bench) => {
    bench.tmpfs('t1');
    deepEqual(bench.tryOption('uuid=off', { lower: 't1' }), ['uuid=null']);
    bench.logged('falling back to uuid=null');
    deepEqual(bench.tryLowerOption('uuid=off'), ['ro', 'redirect_dir=on', 'uuid=null']);
  }),
  rule(42, 'uuid persists', (bench) => {
    bench.rw();
    const marks = bench.marks('u');
    const { fsid } = bench.host.statfs(bench.p('m'));
    bench.remount();
    deepEqual([bench.marks('u'), bench.shown(), bench.host.statfs(bench.p('m')).fsid], [marks, [], fsid]);
  }),
  rule(43, 'uuid auto and an upper that was used before', (bench) => {
    bench.dirs('u/junk');
    bench.rw();
    deepEqual([bench.shown(), bench.markNames('u')], [['uuid=on'], ['uuid']]);
    bench.umount();
    bench.fresh();
    bench.setx('u', 'trusted.overlay.impure');
    bench.rw();
    deepEqual([bench.shown(), bench.markNames('u')], [['uuid=null'], ['impure']]);
    bench.remount({ extra: 'uuid=on' });
    deepEqual([bench.shown(), bench.markNames('u')], [['uuid=on'], ['impure', 'uuid']]);
  }),
  rule(44, 'Malformed uuid xattr', (bench) => {
    bench.setx('u', 'trusted.overlay.uuid', 'short');
    bench.rw();
    deepEqual([bench.shown(), bench.marks('u')], [['uuid=null'], { uuid: 'short' }]);
    bench.logged('falling back to uuid=null');
  }),
  rule(45, 'default_permissions and override_creds', (bench) => {
    deepEqual(bench.tryOption('default_permissions'), ['default_permissions', 'uuid=on']);
    deepEqual(bench.tryOption('override_creds'), ['uuid=on']);
    deepEqual(bench.tryOption('nooverride_creds'), ['uuid=on']);
  }),
  rule(46, 'Data-only layers and the other options', (bench) => {
    const modes = ['on', 'off', 'nofollow', 'follow'].map((mode) => `redirect_dir=${mode}`);
    for (const extra of ['', 'metacopy=on', 'metacopy=off', 'userxattr', 'nfs_export=on', ...modes]) {
      notEqual(typeof bench.tryOption(extra, { lower: 'l1::l2' }), 'string', extra);
    }
    equal(bench.tryOption('userxattr,metacopy=on', { lower: 'l1::l2' }), 'EINVAL');
  }),
  rule(47, 'Upper without xattr support', (bench) => {
    bench.filesystem('ramfs', 'l3', '');
    bench.dir('l3', 0o755);
    bench.dirs('l3/u', 'l3/w');
    bench.file('l1/d/f');
    bench.file('l1/f');
    equal(bench.mount({ upper: 'l3/u', work: 'l3/w', extra: 'redirect_dir=on,index=on,metacopy=on' }), 'OK');
    deepEqual(bench.shown(), ['redirect_dir=nofollow', 'uuid=null']);
    bench.logged(
      'failed to set xattr on upper',
      '...falling back to redirect_dir=nofollow.',
      '...falling back to metacopy=off.',
      '...falling back to index=off.',
      '...falling back to uuid=null.',
      'upper fs does not support RENAME_WHITEOUT.',
    );
    deepEqual(
      [bench.unlink('m/f'), bench.rename('m/d', 'm/e'), bench.mkdir('m/k'), bench.rename('m/k', 'm/k2')],
      ['OK', 'EXDEV', 'OK', 'EXDEV'],
    );
    equal(bench.mkdir('m/f'), 'EIO');
    equal(bench.kind('l3/u/f'), 'whiteout');
  }),
  rule(48, 'Lower without file handles', (bench) => {
    bench.filesystem('ramfs', 'l3', '');
    bench.dir('l3', 0o755);
    bench.file('l3/f');
    for (const extra of ['index=on', 'nfs_export=on', 'xino=auto']) {
      deepEqual(bench.tryOption(extra, { lower: 'l3' }), ['uuid=on']);
      bench.logged('does not support file handles');
    }
    bench.rw({ lower: 'l3' });
    equal(bench.chmod('m/f', 0o600), 'OK');
    deepEqual(bench.marks('u/f'), { origin: '' });
  }),
];
