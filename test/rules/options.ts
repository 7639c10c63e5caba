import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

/** Mount options: parsing (mount(2) option string). */
export const optionRules: readonly Rule[] = [
  rule(1, 'Plain mount', (bench) => {
    bench.rw();
    deepEqual(bench.ls('w'), ['work']);
    equal(bench.stat('w/work').mode, 0o40000);
    deepEqual(bench.ls('w/work'), []);
    deepEqual(
      Object.entries(bench.marks('u')).map(([name, value]) => [name, value.length]),
      [['uuid', 16]],
    );
    deepEqual(bench.shown(), ['uuid=on']);
    const merged = bench.host.statfs(bench.p('m'));
    const upper = bench.host.statfs(bench.p('u'));
    deepEqual([merged.type, merged.blocks, merged.files], [0x794c7630, upper.blocks, upper.files]);
  }),
  rule(2, 'lowerdir is required', (bench) => {
    const { calls } = bench.host;
    equal(bench.answer(calls.mount('overlay', bench.p('m'), 'overlay', 0, undefined)), 'EINVAL');
    equal(bench.mount({ lower: null }), 'EINVAL');
    bench.logged("missing 'lowerdir'");
    equal(bench.mount({ raw: `lowerdir=,upperdir=${bench.p('u')},workdir=${bench.p('w')}` }), 'EINVAL');
    bench.logged("missing 'lowerdir'");
  }),
  rule(3, 'upperdir needs workdir', (bench) => {
    equal(bench.mount({ work: null }), 'EINVAL');
    bench.logged("missing 'workdir'");
  }),
  rule(4, 'workdir without upperdir is ignored', (bench) => {
    equal(bench.mount({ lower: 'l1:l2', upper: null }), 'OK');
    bench.logged('is useless in a non-upper mount');
    equal(bench.shown()[0], 'ro');
    ok(!bench.superOptions().includes('workdir'));
    deepEqual(bench.ls('w'), []);
  }),
  rule(5, 'Without upperdir two lower layers are needed', (bench) => {
    equal(bench.mount({ upper: null, work: null }), 'EINVAL');
    bench.logged('at least 2 lowerdir are needed while upperdir nonexistent');
  }),
  rule(6, 'Lower-only mount is read-only', (bench) => {
    bench.file('l1/f');
    equal(bench.mount({ lower: 'l1:l2', upper: null, work: null }), 'OK');
    deepEqual(bench.shown(), ['ro', 'redirect_dir=on']);
    const write = bench.attempt(() => {
      bench.write('m/x', '');
    });
    const others = [bench.mkdir('m/d'), bench.unlink('m/f'), bench.chmod('m/f', 0), bench.rename('m/f', 'm/g')];
    deepEqual([write, ...others], ['EROFS', 'EROFS', 'EROFS', 'EROFS', 'EROFS']);
  }),
  rule(7, 'One lower plus one data-only lower counts as two', (bench) => {
    equal(bench.mount({ lower: 'l1::l2', upper: null, work: null }), 'OK');
    equal(bench.shown()[0], 'ro');
  }),
  rule(8, 'Missing directories', (bench) => {
    bench.file('f');
    const requests = [{ lower: 'nope' }, { lower: 'l1:nope' }, { upper: 'nope' }, { work: 'nope' }, { lower: 'f/x' }];
    deepEqual(
      requests.map((request) => bench.mount(request)),
      ['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENOTDIR'],
    );
    bench.logged('failed to resolve');
  }),
  rule(9, 'Layers must be directories', (bench) => {
    bench.file('f');
    const requests = [{ lower: 'f' }, { upper: 'f' }, { work: 'f' }];
    deepEqual(
      requests.map((request) => bench.mount(request)),
      ['EINVAL', 'EINVAL', 'EINVAL'],
    );
    bench.logged('is not a directory');
  }),
  rule(10, 'Symlinks to layers are followed', (bench) => {
    bench.symlink(bench.p('l1'), 's');
    bench.symlink(bench.p('u'), 't');
    equal(bench.mount({ lower: 's', upper: 't' }), 'OK');
    ok(bench.superOptions().includes(`lowerdir=${bench.p('s')},`));
    bench.file('m/x');
    equal(bench.kind('u/x'), 'reg');
  }),
  rule(11, 'Relative paths', (bench) => {
    equal(mountHere(bench, 'lowerdir=l1,upperdir=u,workdir=w'), 'OK');
    ok(bench.superOptions().includes('lowerdir=l1,upperdir=u'));
    unmountHere(bench);
  }),
  rule(12, 'Unknown options and bad values', (bench) => {
    const words =
      'bogus bogus=1 index=maybe index redirect_dir=bad xino=bad volatile=on userxattr=1 fsync=off metacopy=1';
    for (const extra of [...words.split(' '), 'uuid=yes']) equal(bench.mount({ extra }), 'EINVAL', extra);
    const [lower, upper, work] = [bench.p('l1'), bench.p('u'), bench.p('w')];
    for (const raw of [
      `lowerdir=${lower},upperdir=,workdir=${work}`,
      `lowerdir=${lower},upperdir=${upper},workdir=`,
      `lowerdir,upperdir=${upper},workdir=${work}`,
    ]) {
      equal(bench.mount({ raw }), 'EINVAL', raw);
    }
    bench.logged("Unknown parameter 'bogus'", "Bad value for 'index'", "Unexpected value for 'volatile'");
  }),
  rule(13, 'Generic words inside the data string', (bench) => {
    deepEqual(bench.tryOption('rw'), ['uuid=on']);
    for (const word of ['ro', 'sync', 'dirsync', 'lazytime']) deepEqual(bench.tryOption(word), [word, 'uuid=on']);
    for (const word of ['noatime', 'nosuid', 'suid', 'context=x', 'source=x']) equal(bench.tryOption(word), 'EINVAL');
  }),
  rule(14, 'Empty elements', (bench) => {
    const raw = `lowerdir=${bench.p('l1')},,upperdir=${bench.p('u')},workdir=${bench.p('w')},`;
    equal(bench.mount({ raw }), 'OK');
  }),
  rule(15, 'Repeated options: last one wins', (bench) => {
    for (const file of ['l1/a', 'l2/b', 'l3/c']) bench.file(file);
    const lower = `lowerdir=${bench.p('l1')},lowerdir=${bench.p('l2')}`;
    const upper = `upperdir=${bench.p('u')},upperdir=${bench.p('l3')}`;
    equal(bench.mount({ raw: `${lower},${upper},workdir=${bench.p('w')},index=on,index=off` }), 'OK');
    deepEqual(bench.ls('m'), ['b', 'c']);
    deepEqual(bench.shown(), ['uuid=on']);
  }),
  rule(16, 'Colons in lowerdir', (bench) => {
    for (const [lower, message] of [
      ['l1:', 'unescaped trailing colons'],
      [':l1', 'cannot append lower layer'],
      ['::l1', 'cannot append lower layer'],
      ['l1:::l2', "only single ':' or double '::'"],
      ['l1::l2:l3', 'regular lower layers cannot follow data lower layers'],
    ] as const) {
      equal(bench.mount({ lower }), 'EINVAL', lower);
      bench.logged(message);
    }
  }),
  rule(17, 'Backslash escapes in lowerdir', (bench) => {
    for (const [number, name] of ['a:b', 'a,b', 'a\\b', 'a b'].entries()) bench.file(`${name}/${number}`);
    const lower = ['a\\:b', 'a\\,b', 'a\\\\b', 'a b'].map((name) => bench.p(name)).join(':');
    equal(bench.mount({ raw: `lowerdir=${lower},upperdir=${bench.p('u')},workdir=${bench.p('w')}` }), 'OK');
    deepEqual(bench.ls('m'), ['0', '1', '2', '3']);
    ok(bench.superOptions().includes(`lowerdir=${lower},upperdir`));
  }),
  rule(18, 'Backslash escapes in upperdir/workdir', (bench) => {
    bench.dirs('a:b', 'a,b', 'a\\b');
    for (const [name, answer] of [
      ['a:b', 'OK'],
      ['a\\:b', 'OK'],
      ['a\\,b', 'OK'],
      ['a\\b', 'ENOENT'],
      ['a\\\\b', 'OK'],
    ] as const) {
      const raw = `lowerdir=${bench.p('l1')},upperdir=${bench.p(name)},workdir=${bench.p('w')}`;
      equal(bench.mount({ raw }), answer, name);
      if (answer === 'OK') bench.umount();
    }
  }),
  rule(19, '500 layers at most', (bench) => {
    const layers = Array.from({ length: 501 }, (_, number) => `x/${number}`);
    bench.dirs(...layers);
    const upper = ',upperdir=u,workdir=w';
    for (const lower of [layers.slice(0, 500).join(':'), `${layers.slice(0, 499).join(':')}::x/499`]) {
      equal(mountHere(bench, `lowerdir=${lower}${upper}`), 'OK');
      unmountHere(bench);
    }
    equal(mountHere(bench, `lowerdir=${layers.join(':')}${upper}`), 'EINVAL');
    bench.logged('limit is 500');
  }),
  rule(20, 'mount(2) data is one page', (bench) => {
    for (const length of [4000, 4095]) {
      equal(bench.mount({ raw: padded(bench, length) }), 'OK', String(length));
      bench.umount();
    }
    const beyond = padded(bench, 4085);
    equal(bench.mount({ raw: `${beyond}${','.repeat(4095 - beyond.length)},bogus=1` }), 'OK');
    bench.umount();
    equal(bench.mount({ raw: `${padded(bench, 4095)}x` }), 'OK');
    bench.umount();
    const long = Array.from({ length: 20 }, (_, number) => 'd'.repeat(200) + String(number));
    bench.dirs(...long);
    const lower = long.map((name) => bench.p(name)).join(':');
    const raw = `upperdir=${bench.p('u')},workdir=${bench.p('w')},lowerdir=${lower}`;
    ok(raw.length > 4096);
    equal(bench.mount({ raw }), 'ENOENT');
    bench.logged('failed to resolve');
  }),
  rule(21, 'Remount via mount(2) ignores every option', (bench) => {
    bench.rw();
    const shown = bench.superOptions();
    for (const data of ['', 'bogus=1', 'lowerdir=/nope', 'redirect_dir=on', 'index=on']) {
      equal(change(bench, MS_REMOUNT, data), 'OK', data);
      equal(bench.superOptions(), shown);
    }
  }),
  rule(22, 'Remount ro and back', (bench) => {
    bench.rw();
    equal(change(bench, MS_REMOUNT | MS_RDONLY), 'OK');
    equal(bench.shown()[0], 'ro');
    equal(bench.mkdir('m/x'), 'EROFS');
    equal(change(bench, MS_REMOUNT), 'OK');
    equal(bench.mkdir('m/x'), 'OK');
  }),
  rule(23, 'Remount rw without upper', (bench) => {
    bench.rw({ lower: 'l1:l2', upper: null, work: null });
    equal(change(bench, MS_REMOUNT), 'EROFS');
    equal(change(bench, MS_REMOUNT | MS_RDONLY), 'OK');
  }),
  rule(24, 'MS_RDONLY with an upper', (bench) => {
    bench.file('l1/f');
    bench.rw({ flags: MS_RDONLY });
    deepEqual([bench.mkdir('m/x'), bench.unlink('m/f'), bench.chmod('m/f', 0)], ['EROFS', 'EROFS', 'EROFS']);
    deepEqual([bench.ls('w'), bench.markNames('u')], [['work'], ['uuid']]);
    equal(change(bench, MS_REMOUNT), 'OK');
    equal(bench.mkdir('m/x'), 'OK');
  }),
  rule(25, 'Read-only upper is refused', (bench) => {
    bench.tmpfs('t');
    bench.dirs('t/u', 't/w');
    bench.host.mount.mount('t', bench.p('t'), 'tmpfs', MS_REMOUNT | MS_RDONLY, '');
    equal(bench.mount({ upper: 't/u', work: 't/w' }), 'EINVAL');
    bench.logged('is read-only');
    bench.bind('.', 'bb');
    bench.host.mount.mount('none', bench.p('bb'), '', MS_REMOUNT | MS_BIND | MS_RDONLY, '');
    equal(bench.mount({ upper: 'bb/u', work: 'bb/w' }), 'EINVAL');
  }),
  rule(26, 'Mount point errors', (bench) => {
    bench.file('f');
    const { calls } = bench.host;
    const onto = (path: string): string =>
      bench.answer(calls.mount('overlay', bench.p(path), 'overlay', 0, bench.options({})));
    deepEqual([onto('nope'), onto('f')], ['ENOENT', 'ENOTDIR']);
    equal(bench.mount({ at: 'u' }), 'OK');
    match(bench.superOptions('u'), /^rw,lowerdir=/);
    deepEqual([bench.mount({ lower: 'l2', upper: 'l3' }), bench.mount({ lower: 'l2', upper: 'l3' })], ['OK', 'OK']);
  }),
];

/** Mounts on m with relative paths, which are looked up from the base. */
function mountHere(bench: Bench, data: string): string {
  const { calls } = bench.host;
  return bench.answer(calls.mountFrom(bench.base, 'overlay', bench.p('m'), 'overlay', 0, data));
}

function unmountHere(bench: Bench): void {
  bench.host.mount.umount2(bench.p('m'), 0);
}

/** Changes the mount on m. */
function change(bench: Bench, flags: number, data = ''): string {
  return bench.answer(bench.host.calls.mount('overlay', bench.p('m'), 'overlay', flags, data));
}

/** A valid option string of a length in bytes. */
function padded(bench: Bench, length: number): string {
  let text = bench.options({});
  while (text.length + 10 <= length) text += ',index=off';
  return text + ','.repeat(length - text.length);
}
