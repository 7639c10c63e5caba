import { describe, expect, it } from 'vitest';
import { O_RDWR } from '../../../src/host/index.ts';
import { Branches, outcome, path, type Content } from './union.ts';

/** A union whose lower branch has one file under two names. */
function linked(rw: Content = {}, options?: string): Branches {
  const union = new Branches(rw, { a: 'low' });
  union.host.fs.mkdir(path('/ro0/d'), 0o755);
  union.host.fs.link(path('/ro0/a'), path('/ro0/d/b'));
  return union.mount(options);
}

describe('links of files on a lower branch', () => {
  it('stay links when one is copied up', () => {
    const union = linked();
    union.write('/union/a', 'changed');
    expect(union.read('/union/d/b')).toBe('changed');
    expect(union.stat('/union/d/b').ino).toBe(union.stat('/union/a').ino);
    expect(union.stat('/union/a').nlink).toBe(2);
    const { ino } = union.stat('/union/a');
    expect(union.names('/rw/.wh..wh.plnk')).toEqual([`${ino}.${union.stat('/rw/a').ino}`]);
  });

  it('are made on the writable branch when they are read', () => {
    const union = linked();
    union.write('/union/a', 'changed');
    expect(union.exists('/rw/d')).toBe(false);
    union.read('/union/d/b');
    expect(union.stat('/rw/d/b').ino).toBe(union.stat('/rw/a').ino);
  });

  it('are made on the writable branch when their times are set', () => {
    const union = linked();
    union.write('/union/a', 'changed');
    const { atime, mtime } = union.stat('/union/d/b');
    union.host.fs.lutimens(path('/union/d/b'), atime, mtime);
    expect(union.stat('/rw/d/b').ino).toBe(union.stat('/rw/a').ino);
  });

  it('are forgotten by the next mount where they were not made', () => {
    const union = linked();
    union.write('/union/a', 'changed');
    union.unmount();
    union.mount();
    expect(union.read('/union/d/b')).toBe('low');
    expect(union.stat('/union/d/b').ino).not.toBe(union.stat('/union/a').ino);
  });

  it('are two files without pseudo-links', () => {
    const union = linked({}, 'noplink,xino=/dev/shm/x');
    union.write('/union/a', 'changed');
    expect(union.exists('/rw/.wh..wh.plnk')).toBe(false);
    expect(union.read('/rw/a')).toBe('changed');
    expect(union.read('/ro0/d/b')).toBe('low');
  });
});

describe('new links', () => {
  it('copy a lower file up under the new name only', () => {
    const union = new Branches({}, { a: 'low' }).mount();
    union.host.fs.link(path('/union/a'), path('/union/b'));
    expect(union.exists('/rw/a')).toBe(false);
    expect(union.read('/rw/b')).toBe('low');
    expect(union.stat('/union/a').ino).toBe(union.stat('/union/b').ino);
    expect(union.stat('/union/a').nlink).toBe(2);
    union.write('/union/a', 'both');
    expect(union.read('/union/b')).toBe('both');
    expect(union.stat('/rw/a').ino).toBe(union.stat('/rw/b').ino);
  });

  it('copy it up under both without pseudo-links', () => {
    const union = new Branches({}, { a: 'low' }).mount('noplink,xino=/dev/shm/x');
    union.host.fs.link(path('/union/a'), path('/union/b'));
    expect(union.stat('/rw/a').ino).toBe(union.stat('/rw/b').ino);
  });

  it('link what is on the writable branch there', () => {
    const union = new Branches({ a: 'own' }, { b: 'hidden' }).mount();
    union.host.fs.unlink(path('/union/b'));
    union.host.fs.link(path('/union/a'), path('/union/b'));
    expect(union.stat('/rw/b')).toEqual(union.stat('/rw/a'));
    expect(union.exists('/rw/.wh.b')).toBe(false);
  });

  it('can be made of a file without a name', () => {
    const union = new Branches({}).mount();
    const O_TMPFILE = 0o20200000;
    const fd = union.open('/union', O_RDWR | O_TMPFILE);
    union.host.fs.writeAll(fd, Buffer.from('x'));
    expect(union.names('/union')).toEqual([]);
    expect(union.readFd(fd)).toBe('x');
    expect(
      outcome(() => {
        union.host.fs.close(fd);
      }),
    ).toBe('done');
  });
});
