import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, RENAME_EXCHANGE } from '../../../src/host/index.ts';
import { Branches, outcome, path } from './union.ts';

const ownNames = ['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk'];

describe('what a union shows', () => {
  it('unites directories, each name from the topmost branch', () => {
    const union = new Branches(
      { a: 'top' },
      { a: 'middle', d: undefined, 'd/x': '1' },
      { d: undefined, 'd/x': '2', 'd/y': '3', b: 'low' },
    ).mount();
    expect(union.names('/union')).toEqual(['a', 'b', 'd']);
    expect(union.names('/union/d')).toEqual(['x', 'y']);
    expect([union.read('/union/a'), union.read('/union/d/x'), union.read('/union/b')]).toEqual(['top', '1', 'low']);
  });

  it('hides what whiteouts and opaque directories hide', () => {
    const union = new Branches(
      { '.wh.a': '', o: undefined, 'o/.wh..wh..opq': '', 'o/new': 'n' },
      { a: 'low', b: 'b', o: undefined, 'o/old': 'o', '.wh.c': '' },
      { c: 'hidden', e: 'e' },
    ).mount();
    expect(union.names('/union')).toEqual(['b', 'e', 'o']);
    expect(union.names('/union/o')).toEqual(['new']);
    expect(outcome(() => union.read('/union/a'))).toBe('ENOENT');
    expect(outcome(() => union.read('/union/c'))).toBe('ENOENT');
    expect(outcome(() => union.read('/union/o/old'))).toBe('ENOENT');
  });

  it('makes what it keeps in the writable branch, and shows none of it', () => {
    const union = new Branches({}, { a: 'a' }).mount();
    expect(union.names('/rw')).toEqual(ownNames);
    expect(union.stat('/rw/.wh..wh.aufs').mode).toBe(0o100444);
    expect(union.stat('/rw/.wh..wh.plnk').mode).toBe(0o040700);
    expect(union.stat('/rw/.wh..wh.orph').mode).toBe(0o040700);
    expect(union.names('/ro0')).toEqual(['a']);
    expect(union.names('/union')).toEqual(['a']);
    expect(union.names('/dev/shm')).toEqual([]);
  });

  it('refuses names of its own, and names too long to be hidden', () => {
    const union = new Branches({}).mount();
    expect(
      outcome(() => {
        union.write('/union/.wh.x', '');
      }),
    ).toBe('EPERM');
    expect(
      outcome(() => {
        union.host.fs.mkdir(path('/union/.wh..wh..opq'), 0o755);
      }),
    ).toBe('EPERM');
    expect(
      outcome(() => {
        union.write(`/union/${'n'.repeat(242)}`, '');
      }),
    ).toBe('done');
    expect(
      outcome(() => {
        union.write(`/union/${'n'.repeat(243)}`, '');
      }),
    ).toBe('ENAMETOOLONG');
    expect(union.host.statfs(path('/union'))).toMatchObject({ type: 0x61756673, namelen: 242 });
  });

  it('numbers objects by itself, the same after a copy-up', () => {
    const union = new Branches({}, { a: 'a', d: undefined }).mount();
    const before = union.stat('/union/a').ino;
    expect(union.stat('/union').ino).toBe(2n);
    const entry = union.host.fs.readdir(path('/union')).find(({ name }) => name === 'a');
    expect(BigInt(entry?.ino ?? 0)).toBe(before);
    union.write('/union/a', 'changed');
    expect(union.stat('/union/a').ino).toBe(before);
    expect(union.stat('/union/a').dev).toBe(union.stat('/union').dev);
  });

  it('counts the links of a directory over all branches', () => {
    const union = new Branches({ d: undefined, 'd/a': undefined }, { d: undefined, 'd/b': undefined }).mount();
    expect(union.stat('/union/d').nlink).toBe(4);
  });
});

describe('changes through a union', () => {
  it('copies a file up at the first write, not before', () => {
    const union = new Branches({}, { d: undefined, 'd/a': 'low' }).mount();
    const reader = union.open('/union/d/a', O_RDONLY);
    const writer = union.open('/union/d/a', O_RDWR);
    expect(union.exists('/rw/d')).toBe(false);
    union.host.fs.pwrite(writer, Buffer.from('L'), 0);
    expect(union.read('/rw/d/a')).toBe('Low');
    expect(union.read('/ro0/d/a')).toBe('low');
    expect(union.readFd(reader)).toBe('Low');
  });

  it('copies mode, owner, times and attributes', () => {
    const union = new Branches({}, { a: 'low' });
    const { fs } = union.host;
    fs.lsetxattr(path('/ro0/a'), 'user.x', Buffer.from('1'));
    fs.lchown(path('/ro0/a'), 12, 34);
    fs.chmod(path('/ro0/a'), 0o4751);
    fs.lutimens(path('/ro0/a'), { sec: 1, nsec: 2 }, { sec: 3, nsec: 4 });
    union.mount();
    fs.lsetxattr(path('/union/a'), 'user.y', Buffer.from('2'));
    expect(union.stat('/rw/a')).toMatchObject({
      mode: 0o104751,
      uid: 12,
      gid: 34,
      mtime: { sec: 3, nsec: 4 },
    });
    expect(fs.llistxattr(path('/rw/a')).toSorted()).toEqual(['user.x', 'user.y']);
  });

  it('cuts what is copied for a truncating open', () => {
    const union = new Branches({}, { a: 'long content' }).mount();
    const fd = union.open('/union/a', O_WRONLY | O_TRUNC);
    expect(union.stat('/rw/a').size).toBe(0);
    union.host.fs.close(fd);
    expect(union.read('/ro0/a')).toBe('long content');
  });

  it('leaves whiteouts that are links of one file', () => {
    const union = new Branches({ own: 'o' }, { a: 'a', d: undefined, 'd/x': 'x' }).mount();
    const { fs } = union.host;
    fs.unlink(path('/union/a'));
    fs.unlink(path('/union/d/x'));
    fs.rmdir(path('/union/d'));
    fs.unlink(path('/union/own'));
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk', '.wh.a', '.wh.d']);
    expect(union.stat('/rw/.wh.a').ino).toBe(union.stat('/rw/.wh..wh.aufs').ino);
    expect(union.stat('/rw/.wh.a').mode).toBe(0o100444);
    expect(union.names('/union')).toEqual([]);
  });

  it('makes a directory opaque that takes the place of a whiteout', () => {
    const union = new Branches({}, { d: undefined, 'd/x': 'x' }).mount();
    const { fs } = union.host;
    fs.unlink(path('/union/d/x'));
    fs.rmdir(path('/union/d'));
    fs.mkdir(path('/union/d'), 0o755);
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk', 'd']);
    expect(union.names('/rw/d')).toEqual(['.wh..wh..opq']);
    expect(union.names('/union/d')).toEqual([]);
    union.unmount();
    union.mount();
    expect(union.names('/union/d')).toEqual([]);
  });

  it('refuses to remove a directory that shows something', () => {
    const union = new Branches({}, { d: undefined, 'd/x': 'x' }).mount();
    expect(
      outcome(() => {
        union.host.fs.rmdir(path('/union/d'));
      }),
    ).toBe('ENOTEMPTY');
  });

  it('makes nothing without a writable branch', () => {
    const union = new Branches({}, { a: 'a' });
    union.mountData('br:/ro0=ro+wh,xino=/dev/shm/x');
    expect(
      outcome(() => {
        union.write('/union/new', '');
      }),
    ).toBe('EROFS');
    expect(
      outcome(() => {
        union.host.fs.unlink(path('/union/a'));
      }),
    ).toBe('EROFS');
    expect(
      outcome(() => {
        union.host.fs.chmod(path('/union/a'), 0o600);
      }),
    ).toBe('EROFS');
    expect(outcome(() => union.open('/union/a', O_RDWR))).toBe('EROFS');
  });

  it('writes to a removed file that only a read-only branch has', () => {
    const union = new Branches({}, { d: undefined, 'd/a': 'low' }).mount();
    const fd = union.open('/union/d/a', O_RDWR);
    union.host.fs.unlink(path('/union/d/a'));
    union.host.fs.rmdir(path('/union/d'));
    union.host.fs.pwrite(fd, Buffer.from('L'), 0);
    expect(union.readFd(fd)).toBe('Low');
    expect(union.names('/rw/.wh..wh.orph')).toEqual([]);
    expect(union.read('/ro0/d/a')).toBe('low');
  });

  it('asks for the dio option before it opens with O_DIRECT', () => {
    const O_DIRECT = 0o40000;
    const union = new Branches({}, { a: 'a' }).mount('xino=/dev/shm/x');
    expect(outcome(() => union.open('/union/a', O_RDONLY | O_DIRECT))).toBe('EINVAL');
    union.remount('dio');
    expect(outcome(() => union.open('/union/a', O_RDONLY | O_DIRECT))).toBe('done');
  });

  it('creates files on the writable branch, with the directories above', () => {
    const union = new Branches({}, { d: undefined, 'd/e': undefined });
    union.host.fs.chmod(path('/ro0/d'), 0o2711);
    union.mount();
    union.host.fs.close(union.host.fs.open(path('/union/d/e/new'), O_WRONLY | O_CREAT, 0o640));
    expect(union.names('/rw/d/e')).toEqual(['new']);
    expect(union.stat('/rw/d').mode).toBe(0o042711);
    expect(union.stat('/rw/d/e/new').mode).toBe(0o100640);
  });
});

describe('renames', () => {
  it('copies a file up under its name and hides that', () => {
    const union = new Branches({}, { a: 'low', d: undefined }).mount();
    union.host.fs.rename(path('/union/a'), path('/union/d/b'));
    expect(union.read('/rw/d/b')).toBe('low');
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk', '.wh.a', 'd']);
    expect(union.names('/union')).toEqual(['d']);
    expect(union.names('/union/d')).toEqual(['b']);
  });

  it('removes the whiteout of the new name', () => {
    const union = new Branches({ n: 'new' }, { a: 'low' }).mount();
    union.host.fs.unlink(path('/union/a'));
    union.host.fs.rename(path('/union/n'), path('/union/a'));
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk', 'a']);
    expect(union.read('/union/a')).toBe('new');
  });

  it('refuses to move directories that have names below', () => {
    const union = new Branches({ own: undefined, 'own/x': '1' }, { d: undefined, 'd/x': '2', e: undefined }).mount();
    const { fs } = union.host;
    expect(
      outcome(() => {
        fs.rename(path('/union/d'), path('/union/moved'));
      }),
    ).toBe('EXDEV');
    expect(
      outcome(() => {
        fs.rename(path('/union/own'), path('/union/moved'));
      }),
    ).toBe('done');
    expect(
      outcome(() => {
        fs.rename(path('/union/e'), path('/union/empty'));
      }),
    ).toBe('done');
    expect(union.names('/union')).toEqual(['d', 'empty', 'moved']);
    expect(union.names('/union/moved')).toEqual(['x']);
  });

  it('makes a directory opaque that takes the place of another', () => {
    const union = new Branches({ own: undefined, 'own/x': '1' }, { d: undefined, 'd/y': '2' }).mount();
    union.host.fs.unlink(path('/union/d/y'));
    union.host.fs.rename(path('/union/own'), path('/union/d'));
    expect(union.names('/union/d')).toEqual(['x']);
    expect(union.names('/rw/d')).toEqual(['.wh..wh..opq', 'x']);
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk', 'd']);
  });

  it('exchanges names', () => {
    const union = new Branches({ a: 'upper' }, { b: 'lower' }).mount();
    union.host.fs.rename(path('/union/a'), path('/union/b'), RENAME_EXCHANGE);
    expect([union.read('/union/a'), union.read('/union/b')]).toEqual(['lower', 'upper']);
    expect(union.read('/ro0/b')).toBe('lower');
  });

  it('knows no whiteout renames', () => {
    const union = new Branches({ a: 'a' }).mount();
    expect(
      outcome(() => {
        union.host.fs.rename(path('/union/a'), path('/union/b'), 4);
      }),
    ).toBe('EINVAL');
  });
});
