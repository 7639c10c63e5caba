import { describe, expect, it } from 'vitest';
import { SimHost } from '../../../src/sim/index.ts';
import { Branches, outcome, path } from './union.ts';

/** A host over a process of user 1000 on the machine of a union. */
function user(union: Branches): SimHost {
  const { machine } = union.host;
  const process = machine.spawn({ uid: 1000, gid: 1000, groups: [], umask: 0o022 });
  if (typeof process === 'number') throw new Error(`no process (${process})`);
  return new SimHost(machine, process);
}

function closedBelow(): Branches {
  const union = new Branches({ d: undefined }, { d: undefined, 'd/x': 'x' });
  union.host.fs.chmod(path('/ro0/d'), 0o700);
  return union;
}

describe('who may use a directory', () => {
  it('is for all its branches to say', () => {
    const { fs } = user(closedBelow().mount());
    expect(outcome(() => fs.readdir(path('/union/d')))).toBe('EACCES');
    expect(outcome(() => fs.lstat(path('/union/d/x')))).toBe('EACCES');
  });

  it('is for the topmost one to say with dirperm1', () => {
    const { fs } = user(closedBelow().mount('xino=/dev/shm/x,dirperm1'));
    expect(fs.readdir(path('/union/d')).map(({ name }) => name)).toEqual(['x']);
    expect(outcome(() => fs.lstat(path('/union/d/x')))).toBe('done');
  });
});

describe('what a user changes', () => {
  it('belongs to him, and what is copied up for it to whom it belonged', () => {
    const union = new Branches({}, { d: undefined, 'd/x': 'x' });
    union.host.fs.lchown(path('/ro0/d'), 1000, 1000);
    union.host.fs.lchown(path('/ro0/d/x'), 1000, 50);
    union.mount();
    const { fs } = user(union);
    fs.chmod(path('/union/d/x'), 0o600);
    fs.mkdir(path('/union/d/new'), 0o777);
    expect(union.stat('/rw/d')).toMatchObject({ uid: 1000, gid: 1000, mode: 0o040755 });
    expect(union.stat('/rw/d/x')).toMatchObject({ uid: 1000, gid: 50, mode: 0o100600 });
    expect(union.stat('/rw/d/new')).toMatchObject({ uid: 1000, gid: 1000, mode: 0o040755 });
    fs.unlink(path('/union/d/x'));
    expect(union.stat('/rw/d/.wh.x')).toMatchObject({ uid: 0, gid: 0, mode: 0o100444 });
  });

  it('must be his to change', () => {
    const union = new Branches({}, { x: 'x' }).mount();
    const { fs } = user(union);
    expect(
      outcome(() => {
        fs.unlink(path('/union/x'));
      }),
    ).toBe('EACCES');
    expect(
      outcome(() => {
        fs.chmod(path('/union/x'), 0o666);
      }),
    ).toBe('EPERM');
    expect(union.names('/rw')).toEqual(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk']);
  });
});
