import { describe, expect, it } from 'vitest';
import {
  AT_FDCWD,
  CLONE_NEWNS,
  CLONE_NEWUSER,
  MNT_DETACH,
  MS_BIND,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_STRICTATIME,
  MS_UNBINDABLE,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  S_IFCHR,
} from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { makedev, statBuffer, StatSlot } from '../../../src/host/stat.ts';
import { SimMachine, type Process } from '../../../src/sim/index.ts';

const everyone = 0o777;

/** Root outside, and root of a namespace whose root is 1000 outside; besides that it has 1 and 2, which are 100 and 101. */
function machine(): { readonly outside: Process; readonly inside: Process } {
  const made = SimMachine.boot();
  const inside = made.spawn({ uid: 0, gid: 0, groups: [0], umask: 0 });
  if (typeof inside === 'number') throw new Error(`no process: ${inside}`);
  return { outside: made.init, inside };
}

const map = [
  { inside: 0, kernel: 1000, count: 1 },
  { inside: 1, kernel: 100, count: 2 },
];

function mapped(): ReturnType<typeof machine> {
  const both = machine();
  const { inside } = both;
  expect(inside.unshare(CLONE_NEWUSER | CLONE_NEWNS)).toBe(0);
  expect(inside.mapIds({ uids: map, gids: map })).toBe(0);
  expect([inside.setgroups([]), inside.setresgid(0, 0, 0), inside.setresuid(0, 0, 0)]).toEqual([0, 0, 0]);
  return both;
}

function make(process: Process, path: string, uid: number, gid: number): void {
  process.close(process.openat(AT_FDCWD, path, O_RDWR | O_CREAT, 0o600));
  expect(process.fchownat(AT_FDCWD, path, uid, gid, 0)).toBe(0);
}

function ownerOf(process: Process, path: string): string {
  const stat = statBuffer();
  expect(process.fstatat(AT_FDCWD, path, stat, 0)).toBe(0);
  return `${stat.numbers[StatSlot.uid]}:${stat.numbers[StatSlot.gid]}`;
}

describe('mounts of more privileged users', () => {
  /** As `mount -t tmpfs -o ro,nodev,nosuid,noatime` outside, and a tmpfs on another. */
  function inherited(): Process {
    const { outside, inside } = machine();
    for (const path of ['/r', '/a', '/b']) outside.mkdirat(AT_FDCWD, path, everyone);
    outside.mount('t', '/r', 'tmpfs', MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOATIME, undefined);
    outside.mount('t', '/a', 'tmpfs', 0, undefined);
    outside.mkdirat(AT_FDCWD, '/a/c', everyone);
    outside.mount('t', '/a/c', 'tmpfs', 0, undefined);
    inside.unshare(CLONE_NEWUSER | CLONE_NEWNS);
    inside.mapIds({ uids: map, gids: map });
    return inside;
  }
  const all = MS_RDONLY | MS_NODEV | MS_NOSUID;

  // As Linux 6.18 answers.
  it.each([
    ['nothing', 0, -errno.EPERM],
    ['one of the flags', MS_RDONLY, -errno.EPERM],
    ['all of them', all, 0],
    ['all of them and the time of access', all | MS_NOATIME, 0],
    ['another time of access', all | MS_RELATIME, -errno.EPERM],
    ['strict times of access', all | MS_STRICTATIME, -errno.EPERM],
    ['more than they had', all | MS_NOEXEC, 0],
  ])('can be remounted with %s or not', (_what, flags, answer) => {
    const inside = inherited();
    expect(inside.mount(undefined, '/r', undefined, MS_REMOUNT | MS_BIND | flags, undefined)).toBe(answer);
    inside.mount('/r', '/b', undefined, MS_BIND, undefined);
    expect(inside.mount(undefined, '/b', undefined, MS_REMOUNT | MS_BIND | flags, undefined)).toBe(answer);
  });

  it('show nothing of what they cover, in a copy either', () => {
    const inside = inherited();
    expect(inside.mount('/a', '/b', undefined, MS_BIND, undefined)).toBe(-errno.EINVAL);
    expect(inside.mount('/a', '/b', undefined, MS_BIND | MS_REC, undefined)).toBe(0);
    expect(inside.umount2('/b/c', 0)).toBe(-errno.EINVAL);
    expect(inside.mount('/b/c', '/r', undefined, MS_MOVE, undefined)).toBe(-errno.EINVAL);
    expect(inside.umount2('/b', MNT_DETACH)).toBe(0);
    expect(inside.mount(undefined, '/a/c', undefined, MS_UNBINDABLE, undefined)).toBe(0);
    expect(inside.mount('/a', '/b', undefined, MS_BIND | MS_REC, undefined)).toBe(-errno.EPERM);
  });

  it('are the same in a clone of the machine', () => {
    const made = SimMachine.boot();
    made.init.mkdirat(AT_FDCWD, '/r', everyone);
    made.init.mount('t', '/r', 'tmpfs', MS_RDONLY, undefined);
    made.init.unshare(CLONE_NEWUSER | CLONE_NEWNS);
    const { init } = made.clone();
    expect(init.mount(undefined, '/r', undefined, MS_REMOUNT | MS_BIND, undefined)).toBe(-errno.EPERM);
  });
});

describe('a user namespace', () => {
  it('has no ids until they are mapped, which can be done once', () => {
    const { inside } = machine();
    expect(inside.unshare(CLONE_NEWUSER)).toBe(0);
    expect([inside.geteuid(), inside.getegid()]).toEqual([65534, 65534]);
    expect(inside.setresuid(0, 0, 0)).toBe(-errno.EINVAL);
    expect(inside.setgroups([])).toBe(-errno.EPERM);
    expect(inside.unshare(CLONE_NEWUSER)).toBe(-errno.EPERM);
    expect(inside.mapIds({ uids: map, gids: map })).toBe(0);
    expect(inside.mapIds({ uids: map, gids: map })).toBe(-errno.EPERM);
  });

  it('is not made in a chroot, unless that holds all there is', () => {
    const { outside, inside } = machine();
    outside.mkdirat(AT_FDCWD, '/d', everyone);
    expect([inside.chroot('/d'), inside.unshare(CLONE_NEWUSER)]).toEqual([0, -errno.EPERM]);
    expect([outside.chroot('/'), outside.unshare(CLONE_NEWUSER)]).toEqual([0, 0]);
  });

  it('maps the ids of the one above only', () => {
    const { inside } = mapped();
    expect(inside.unshare(CLONE_NEWUSER)).toBe(0);
    const two = [{ inside: 0, kernel: 1, count: 2 }];
    expect(inside.mapIds({ uids: two, gids: [{ inside: 0, kernel: 2, count: 2 }] })).toBe(-errno.EPERM);
    expect(inside.mapIds({ uids: two, gids: two })).toBe(0);
    expect([inside.geteuid(), inside.setresuid(1, 1, 1), inside.geteuid()]).toEqual([65534, 0, 1]);
  });

  it('shows others as the overflow id, and gives nothing to them', () => {
    const { outside, inside } = mapped();
    make(outside, '/mine', 1000, 5);
    expect([ownerOf(outside, '/mine'), ownerOf(inside, '/mine')]).toEqual(['1000:5', '0:65534']);
    expect(inside.fchownat(AT_FDCWD, '/mine', 5, -1, 0)).toBe(-errno.EINVAL);
    expect(inside.fchownat(AT_FDCWD, '/mine', -1, 65534, 0)).toBe(-errno.EINVAL);
    expect(inside.setgroups([2, 3])).toBe(-errno.EINVAL);
  });

  it('is above files of its own ids alone', () => {
    const { outside, inside } = mapped();
    outside.fchmodat(AT_FDCWD, '/', everyone, 0);
    make(outside, '/known', 100, 101);
    make(outside, '/other', 100, 0);
    expect(inside.openat(AT_FDCWD, '/known', O_RDWR, 0)).toBeGreaterThanOrEqual(0);
    expect(inside.openat(AT_FDCWD, '/other', O_RDWR, 0)).toBe(-errno.EACCES);
    // To own a file, in place of its owner, takes the user's id alone.
    expect(inside.fchmodat(AT_FDCWD, '/other', 0o644, 0)).toBe(0);
    expect(inside.fchownat(AT_FDCWD, '/other', 0, -1, 0)).toBe(-errno.EPERM);
    expect(inside.fchownat(AT_FDCWD, '/known', 2, 1, 0)).toBe(0);
    expect(ownerOf(outside, '/known')).toBe('101:100');
  });

  it('lets nobody else own what is on its filesystems', () => {
    const { outside, inside } = machine();
    outside.mkdirat(AT_FDCWD, '/m', everyone);
    inside.unshare(CLONE_NEWUSER | CLONE_NEWNS);
    inside.mapIds({ uids: map, gids: map });
    // Still user 0 of the first namespace, who has no id in this one.
    expect(inside.mount('t', '/m', 'tmpfs', 0, 'uid=0,gid=1,mode=777')).toBe(0);
    expect(inside.mkdirat(AT_FDCWD, '/m/d', everyone)).toBe(-errno.EOVERFLOW);
    expect(inside.openat(AT_FDCWD, '/m/f', O_RDWR | O_CREAT, 0o600)).toBe(-errno.EOVERFLOW);
    expect(inside.mount('t', '/m', 'tmpfs', 0, 'uid=5')).toBe(-errno.EINVAL);
    expect([inside.setresgid(0, 0, 0), inside.setresuid(0, 0, 0)]).toEqual([0, 0]);
    expect(inside.mkdirat(AT_FDCWD, '/m/d', everyone)).toBe(0);
  });

  it('copies nothing up that would belong to others', () => {
    const { outside, inside } = mapped();
    for (const path of ['/low', '/m']) outside.mkdirat(AT_FDCWD, path, everyone);
    make(outside, '/low/known', 101, 1000);
    make(outside, '/low/other', 0, 0);
    outside.fchmodat(AT_FDCWD, '/low/other', 0o666, 0);
    outside.fchownat(AT_FDCWD, '/low', 1000, 1000, 0);
    outside.mkdirat(AT_FDCWD, '/top', everyone);
    inside.mount('t', '/top', 'tmpfs', 0, 'mode=777');
    for (const path of ['/top/up', '/top/work']) inside.mkdirat(AT_FDCWD, path, everyone);
    const data = 'lowerdir=/low,upperdir=/top/up,workdir=/top/work,userxattr';
    expect(inside.mount('o', '/m', 'overlay', 0, data)).toBe(0);
    expect(inside.fchmodat(AT_FDCWD, '/m/known', 0o644, 0)).toBe(0);
    expect(inside.openat(AT_FDCWD, '/m/other', O_RDWR, 0)).toBe(-errno.EOVERFLOW);
  });

  it('copies up no ACL that names others', () => {
    const { outside, inside } = mapped();
    for (const path of ['/low', '/low/d', '/own', '/m']) outside.mkdirat(AT_FDCWD, path, everyone);
    outside.fchownat(AT_FDCWD, '/low/d', 1000, 1000, 0);
    inside.mount('t', '/own', 'tmpfs', 0, '');
    for (const path of ['/own/up', '/own/work']) inside.mkdirat(AT_FDCWD, path, everyone);
    expect(inside.mount('o', '/m', 'overlay', 0, 'lowerdir=/low,upperdir=/own/up,workdir=/own/work,userxattr')).toBe(0);
    // Group 5 may read; root of the first namespace can say so, and the overlay shows it as nobody's.
    const acl = Buffer.from(
      '0200000001000700ffffffff04000700ffffffff080004000500000010000700ffffffff20000700ffffffff',
      'hex',
    );
    expect(outside.setxattrat(AT_FDCWD, '/low/d', 0, 'system.posix_acl_access', acl, 0)).toBe(0);
    expect(inside.getxattrat(AT_FDCWD, '/m/d', 0, 'system.posix_acl_access')).toHaveLength(acl.length);
    expect(inside.mkdirat(AT_FDCWD, '/m/d/new', everyone)).toBe(-errno.EINVAL);
    expect(inside.fchmodat(AT_FDCWD, '/m/d', 0o700, 0)).toBe(-errno.EINVAL);
  });

  it('opens no device by a filesystem of its own, and copies none up', () => {
    const { outside, inside } = mapped();
    for (const path of ['/low', '/own', '/m']) outside.mkdirat(AT_FDCWD, path, everyone);
    outside.mknodat(AT_FDCWD, '/low/null', S_IFCHR | 0o666, makedev(1, 3));
    outside.fchownat(AT_FDCWD, '/low/null', 1000, 1000, 0);
    inside.mount('t', '/own', 'tmpfs', 0, '');
    for (const path of ['/own/up', '/own/work']) inside.mkdirat(AT_FDCWD, path, everyone);
    expect(inside.mount('o', '/m', 'overlay', 0, 'lowerdir=/low,upperdir=/own/up,workdir=/own/work,userxattr')).toBe(0);
    expect(inside.mknodat(AT_FDCWD, '/own/whiteout', S_IFCHR, 0)).toBe(0);
    const open = (path: string): number => inside.openat(AT_FDCWD, path, O_RDONLY, 0);
    expect([open('/own/whiteout'), open('/m/null')]).toEqual([-errno.EACCES, -errno.EACCES]);
    expect(inside.fchmodat(AT_FDCWD, '/m/null', 0o600, 0)).toBe(-errno.EPERM);
    expect(open('/low/null')).toBeGreaterThanOrEqual(0);
  });

  it('keeps its ids in a saved machine', () => {
    const made = SimMachine.boot();
    made.init.unshare(CLONE_NEWUSER);
    made.init.mapIds({ uids: map, gids: map });
    const { init } = SimMachine.fromText(made.toText());
    expect([init.setresuid(1, 1, 1), init.geteuid(), init.setresuid(3, 3, 3)]).toEqual([0, 1, -errno.EINVAL]);
  });
});
