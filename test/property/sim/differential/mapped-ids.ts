import fc from 'fast-check';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  CLONE_NEWNS,
  CLONE_NEWUSER,
  O_CREAT,
  O_RDWR,
  S_IFIFO,
} from '../../../../src/host/constants.ts';
import type { Path } from '../../../../src/host/path.ts';
import { SimMachine, type Process } from '../../../../src/sim/index.ts';
import { programs } from './arbitrary.ts';
import type { Op, Program } from './program.ts';
import { runProgram, type Result } from './run-program.ts';

/** The ids of the user namespace, users and groups alike: as /proc/PID/uid_map has them, and as the simulator takes them. */
export const mapText = '0 1000 1\n1 100 2\n';
const map = [
  { inside: 0, kernel: 1000, count: 1 },
  { inside: 1, kernel: 100, count: 2 },
];

/** What root does outside of a user namespace, and somebody inside of it in the same place. */
export interface MappedCase {
  readonly outside: Program;
  readonly inside: Program;
}

const shape = { chroot: true, actors: 1 } as const;
const ids = fc.shuffledSubarray([0, 1000, 100, 101, 5, 1000, 65534], { minLength: 2 });

function make(path: string): Op {
  return { op: 'mkdir', path, mode: 0o777 };
}

function mount(path: string, type: string, data: string): Op {
  return { op: 'mount', source: type, path, type, flags: 0, data };
}

function enter(path: string): Op {
  return { op: 'chdir', path };
}

/** What overlays of a user namespace are asked for, with and without attributes that its root may set. */
const options = fc.constantFrom(
  ...['', 'userxattr', 'userxattr', 'index=on', 'userxattr,index=on', 'nfs_export=on,index=on', 'xino=on'],
  ...['userxattr,xino=on', 'metacopy=on', 'userxattr,metacopy=on', 'redirect_dir=on', 'userxattr,redirect_dir=follow'],
  ...['userxattr,redirect_dir=nofollow', 'uuid=on', 'userxattr,uuid=on', 'userxattr,uuid=null', 'volatile'],
  ...['userxattr,volatile', 'default_permissions', 'override_creds', 'userxattr,nooverride_creds'],
);

/** Where the programs inside work: in the directory itself, on a tmpfs of the namespace, on overlays of either. */
const place = options.chain((words) => {
  const overlay = (at: string, layers: string): Program => [mount(at, 'overlay', `${layers},${words}`), enter(at)];
  return fc.constantFrom<Program>(
    [],
    [],
    [make('in'), mount('in', 'tmpfs', ''), enter('in')],
    [
      ...[make('in'), mount('in', 'tmpfs', 'uid=1,gid=2'), ...['in/up', 'in/work', 'in/m'].map(make)],
      ...overlay('in/m', 'lowerdir=low,upperdir=in/up,workdir=in/work'),
    ],
    [make('m'), ...overlay('m', 'lowerdir=low,upperdir=up,workdir=work')],
    [make('m'), ...overlay('m', 'lowerdir=low:up')],
    [
      ...[make('m'), make('n'), mount('m', 'overlay', 'lowerdir=low:up,userxattr')],
      ...overlay('n', 'lowerdir=m,upperdir=up,workdir=work'),
    ],
    [mount('low', 'tmpfs', 'uid=1000'), mount('low', 'tmpfs', 'gid=7')],
  );
});

const ofAnyRoot = '0100000200200000000000000000000000000000';
const ofRoot1000 = '0100000300200000000000000000000000000000e8030000';

/** Something of each kind under the names that programs use, with owners of whom the namespace has some. */
function furniture(owners: readonly number[]): Program {
  const own = (path: string, index: number): Op => {
    const [uid = 0, gid = 0] = [owners[index % owners.length], owners[(3 * index + 1) % owners.length]];
    return { op: 'chown', path, uid, gid, flags: AT_SYMLINK_NOFOLLOW };
  };
  const file = (path: string, mode: number): Op[] => [
    { op: 'open', slot: 0, path, flags: O_RDWR | O_CREAT, mode },
    { op: 'write', slot: 0, length: 5000 },
    { op: 'close', slot: 0 },
  ];
  const capable = (path: string, value: string): Op => {
    return { op: 'setxattr', path, name: 'security.capability', value, flags: 0, how: 0 };
  };
  return [
    ...['a', 'a/b', 'a/b/d'].map(make),
    ...[...file('b', 0o666), ...file('a/c', 0o644), ...file('a/b/a', 0o777)],
    { op: 'link', from: 'b', to: 'a/d', flags: 0 },
    { op: 'symlink', target: 'a/b', path: 'c' },
    { op: 'mknod', path: 'd', mode: S_IFIFO | 0o666, dev: 0 },
    ...['a/b/a', 'a/b/d', 'a/b', 'a/c', 'a', 'b', 'c', 'd'].map(own),
    { op: 'chmod', path: 'a/b/a', mode: 0o6755, flags: 0 },
    { op: 'chmod', path: 'a/b', mode: 0o2777, flags: 0 },
    { op: 'chmod', path: 'a', mode: 0o1777, flags: 0 },
    ...[capable('b', ofAnyRoot), capable('a/c', ofRoot1000)],
  ];
}

export const mappedCases: fc.Arbitrary<MappedCase> = fc
  .record({
    owners: ids,
    lowerOwners: ids,
    more: programs({ ...shape, maxLength: 8 }),
    lower: programs({ ...shape, maxLength: 8 }),
    place,
    use: programs({ ...shape, maxLength: 60 }),
  })
  .map(({ owners, lowerOwners, more, lower, place: before, use }) => ({
    outside: [
      ...['low', 'up', 'work'].map(make),
      ...['up', 'work'].map((path): Op => ({ op: 'chown', path, uid: 1000, gid: 1000, flags: 0 })),
      ...[...furniture(owners), ...more],
      ...[enter('low'), ...furniture(lowerOwners), ...lower],
    ],
    inside: [...before, ...use],
  }));

/** What the simulator answers inside to the user and group `id` of the namespace. */
export function simulated({ outside, inside }: MappedCase, id: number): readonly Result[] {
  const machine = SimMachine.boot();
  const { init } = machine;
  const world = '/world' as Path;
  init.mkdirat(AT_FDCWD, world, 0o755);
  init.mount('machine', world, 'tmpfs', 0, 'mode=777');
  const root = started(machine, { root: world });
  run(outside, root);
  root.exit();
  // Whoever comes may go in, whatever was done to it.
  init.removexattrat(AT_FDCWD, world, 0, 'system.posix_acl_access');
  init.fchmodat(AT_FDCWD, world, 0o777, 0);
  init.fchownat(AT_FDCWD, world, 0, 0, 0);
  const process = started(machine, {});
  process.unshare(CLONE_NEWUSER | CLONE_NEWNS);
  process.mapIds({ uids: map, gids: map });
  process.setgroups([]);
  process.setresgid(0, 0, 0);
  process.setresuid(0, 0, 0);
  process.chroot(world);
  process.chdir('/');
  process.setresgid(id, id, 0);
  process.setresuid(id, id, 0);
  return run(inside, process);
}

function started(machine: SimMachine, where: { readonly root?: Path }): Process {
  const process = machine.spawn({ uid: 0, gid: 0, groups: [0], umask: 0o022, ...where });
  if (typeof process === 'number') throw new Error(`no process: ${process}`);
  return process;
}

function run(program: Program, process: Process): readonly Result[] {
  return runProgram(program, [{ calls: process, chdir: (path) => process.chdir(path) }], { inodes: 'ignored' });
}
