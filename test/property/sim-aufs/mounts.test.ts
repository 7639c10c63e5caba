import { describe, expect, it } from 'vitest';
import { MS_RDONLY, MS_REMOUNT, O_RDWR } from '../../../src/host/index.ts';
import { SimHost, SimMachine } from '../../../src/sim/index.ts';
import { Branches, outcome, path } from './union.ts';

const xino = 'xino=/dev/shm/aufs.xino';

describe('the options of a mount', () => {
  it.each([
    ['nothing', ''],
    ['no branch', xino],
    ['an unknown word', `br:/rw=rw,${xino},frobnicate`],
    ['a branch that is not there', `br:/rw=rw:/nowhere=ro,${xino}`],
    ['a branch that is a file', `br:/rw=rw:/ro0/a=ro,${xino}`],
    ['a branch twice', `br:/rw=rw:/ro0=ro:/ro0=ro,${xino}`],
    ['a branch inside another', `br:/rw=rw:/ro0=ro:/ro0/d=ro,${xino}`],
    ['a second writable branch', `br:/rw=rw:/ro0=rw,${xino}`],
    ['a file of numbers in no directory', 'br:/rw=rw,xino=/nowhere/xino'],
    ['a file of numbers that is there', 'br:/rw=rw,xino=/ro0/a'],
  ])('refuse %s', (_what, data) => {
    const union = new Branches({}, { a: 'a', d: undefined });
    expect(
      outcome(() => {
        union.mountData(data);
      }),
    ).toBe('EINVAL');
    expect(
      outcome(() => {
        union.unmount();
      }),
    ).toBe('EINVAL');
  });

  it('refuse a union as a branch', () => {
    const union = new Branches({}, {}).mount();
    const again = `br:/ro0=ro:/union=ro,${xino}`;
    expect(
      outcome(() => {
        union.mountData(again);
      }),
    ).toBe('EINVAL');
  });

  it('refuse something else where aufs keeps its own', () => {
    const union = new Branches({ '.wh..wh.plnk': 'a file' });
    expect(outcome(() => union.mount())).toBe('EINVAL');
  });

  it('take the first branch as the writable one where nothing is said', () => {
    const union = new Branches({}, { a: 'a' });
    union.mountData('dirs=/rw:/ro0');
    union.write('/union/a', 'changed');
    expect([union.read('/rw/a'), union.read('/ro0/a')]).toEqual(['changed', 'a']);
  });

  it('end at an empty word', () => {
    const union = new Branches({}, {});
    union.mountData(`br:/rw=rw:/ro0=ro+wh,${xino},,frobnicate`);
    expect(
      outcome(() => {
        union.remount('append:/nowhere=ro+wh,,');
      }),
    ).toBe('EINVAL');
  });

  it('are shown where they are not the usual ones, branches never', () => {
    const union = new Branches({}).mount(`dio,${xino},dirperm1,noplink`);
    const [entry] = union.host.mount.table().filter(({ type }) => type === 'aufs');
    expect(entry?.superOptions).toMatch(/^rw,si=[0-9a-f]{1,16},noplink,dio,dirperm1$/);
    expect(entry?.source).toBe('none');
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph']);
  });

  it('allow 127 branches', () => {
    const union = new Branches({});
    const add = (index: number): void => {
      union.host.fs.mkdir(path(`/b${index}`), 0o755);
      union.remount(`append:/b${index}=ro+wh,`);
    };
    union.mountData(`br:/rw=rw,${xino}`);
    for (let index = 1; index < 127; index += 1) add(index);
    expect(
      outcome(() => {
        add(127);
      }),
    ).toBe('ENOSPC');
  });

  it('say nothing of changes below that are not looked for', () => {
    const union = new Branches({}, { a: 'a' }).mount(`${xino},udba=none`);
    union.read('/union/a');
    union.host.fs.unlink(path('/ro0/a'));
    expect(union.exists('/union/a')).toBe(true);
    const looking = new Branches({}, { a: 'a' }).mount(`${xino},udba=reval`);
    looking.read('/union/a');
    looking.host.fs.unlink(path('/ro0/a'));
    expect(looking.exists('/union/a')).toBe(false);
  });
});

describe('appended branches', () => {
  it('lie below the others, in directories that are in use too', () => {
    const union = new Branches({}, { a: 'upper', d: undefined, 'd/x': 'x' }).mount();
    const { fs } = union.host;
    const open = union.open('/union/d', 0);
    fs.mkdir(path('/more'), 0o755);
    union.fill('/more', { a: 'more', b: 'more', d: undefined, 'd/y': 'y' });
    union.remount('append:/more=ro+wh,');
    union.remount('append:/more=ro+wh,');
    expect(union.names('/union')).toEqual(['a', 'b', 'd']);
    expect(union.names('/union/d')).toEqual(['x', 'y']);
    expect([union.read('/union/a'), union.read('/union/b')]).toEqual(['upper', 'more']);
    fs.close(open);
  });

  it('cannot be added to what is not a union, nor with words of other branches', () => {
    const union = new Branches({}, {}).mount();
    expect(
      outcome(() => {
        union.remount('br:/ro0=ro');
      }),
    ).toBe('EINVAL');
    expect(
      outcome(() => {
        union.remount('del:/ro0');
      }),
    ).toBe('EINVAL');
    expect(
      outcome(() => {
        union.remount('xino=/dev/shm/other');
      }),
    ).toBe('EINVAL');
    expect(
      outcome(() => {
        union.host.mount.mount('none', path('/union'), 'aufs', MS_REMOUNT | MS_RDONLY, '');
      }),
    ).toBe('done');
    expect(
      outcome(() => {
        union.write('/union/a', '');
      }),
    ).toBe('EROFS');
  });
});

describe('a machine with a union', () => {
  it('is the same after it was saved', () => {
    const union = new Branches({ own: 'o' }, { a: 'low', b: 'b', d: undefined, 'd/x': 'x' });
    union.host.fs.link(path('/ro0/b'), path('/ro0/c'));
    union.mount();
    union.write('/union/b', 'changed');
    const fd = union.open('/union/a', O_RDWR);
    const { ino } = union.stat('/union/a');
    const removed = union.open('/union/d/x', O_RDWR);
    union.host.fs.unlink(path('/union/d/x'));
    union.host.fs.pwrite(removed, Buffer.from('X'), 0);
    const machine = SimMachine.fromText(union.host.machine.toText());
    const host = new SimHost(machine);
    host.fs.pwrite(fd, Buffer.from('L'), 0);
    expect(host.fs.lstat(path('/rw/a')).size).toBe(3);
    expect(host.fs.lstat(path('/union/a')).ino).toBe(ino);
    expect(host.fs.lstat(path('/union/c'))).toEqual(host.fs.lstat(path('/union/b')));
    const buffer = Buffer.alloc(4);
    expect(buffer.toString('latin1', 0, host.fs.pread(removed, buffer, 0))).toBe('X');
    expect(union.exists('/rw/a')).toBe(false);
  });
});
