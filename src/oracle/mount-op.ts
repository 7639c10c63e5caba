import {
  AT_FDCWD,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOVE_MOUNT_F_EMPTY_PATH,
  MS_BIND,
  MS_RDONLY,
  MS_REMOUNT,
  AT_SYMLINK_NOFOLLOW,
} from '../host/constants.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { directoryNames } from './entries.ts';
import { makeDirectory } from './host-op.ts';
import { layersOfKeys, layersOfOptions } from './layer-options.ts';
import type { BackingFilesystem } from './names.ts';
import { done, failure, statusOf, type Answer } from './outcome.ts';
import type { HostRecord } from './records.ts';
import type { Json } from './schema.ts';
import type { Session } from './session.ts';

type MountOp = Extract<HostRecord, { op: 'mkfs' | 'remount-ro' | 'mount' | 'remount' | 'fsmount' | 'umount' | 'bind' }>;

const mountPointMode = 0o755;

/** Runs an operation on the mount table. */
export function runMountOp(session: Session, record: MountOp): Answer {
  const { calls } = session.host;
  switch (record.op) {
    case 'mkfs':
      return makeFilesystem(session, record.fs, record.path);
    case 'remount-ro':
      return statusOf(calls.mount('trace', record.path, undefined, MS_REMOUNT | MS_RDONLY, undefined));
    case 'bind':
      return onMountPoint(calls, record.path, () =>
        calls.mount(record.from, record.path, undefined, MS_BIND, undefined),
      );
    case 'mount':
      return mountOverlay(session, record.at, record.options, readOnlyFlag(record.flags));
    case 'remount': {
      const flags = MS_REMOUNT | readOnlyFlag(record.flags);
      const answer = calls.mount('overlay', record.at, 'overlay', flags, record.options);
      return answer < 0 ? failure(answer) : shown(session, record.at);
    }
    case 'fsmount':
      return fsmountOverlay(session, record.at, record.set);
    case 'umount':
      return unmount(session, record.at);
  }
}

function unmount(session: Session, at: string): Answer {
  session.unmounting(at);
  return statusOf(session.host.calls.umount2(at, 0));
}

function readOnlyFlag(flags: readonly 'ro'[] | undefined): number {
  return flags?.includes('ro') === true ? MS_RDONLY : 0;
}

/** A fresh filesystem, its root mode 0755, on a directory that is made where there is none. */
function makeFilesystem(session: Session, kind: BackingFilesystem, path: string): Answer {
  const { calls } = session.host;
  const answer = onMountPoint(calls, path, () =>
    kind === 'tmpfs' ? calls.mount('trace', path, 'tmpfs', 0, 'mode=755') : session.machine.mountDisk(kind, path),
  );
  if (answer === done) session.mounted(path);
  return answer;
}

function onMountPoint(calls: Syscalls, path: string, mount: () => number): Answer {
  const made = makeDirectory(calls, path, mountPointMode);
  return made === done ? statusOf(mount()) : made;
}

function mountOverlay(session: Session, at: string, options: string, flags: number): Answer {
  const { calls } = session.host;
  // Only the mounts suite tries mount points that do not exist.
  if (!session.showsMounts) makeDirectory(calls, at, mountPointMode);
  const answer = calls.mount('overlay', at, 'overlay', flags, options);
  session.mounted(at);
  session.handles.mounted(layersOfOptions(options));
  return answer < 0 ? failure(answer) : shown(session, at);
}

type Keys = readonly (readonly [key: string, value: string | null])[];

function fsmountOverlay(session: Session, at: string, keys: Keys): Answer {
  const { calls } = session.host;
  const context = calls.fsopen('overlay', FSOPEN_CLOEXEC);
  if (context < 0) return failure(context);
  try {
    const configured = configure(calls, context, keys);
    if (configured !== done) return configured;
    const attached = attach(calls, context, at);
    if (attached !== done) return attached;
  } finally {
    calls.close(context);
  }
  session.mounted(at);
  session.handles.mounted(layersOfKeys(keys));
  return shown(session, at);
}

function configure(calls: Syscalls, context: number, keys: Keys): Answer {
  for (const [index, [key, value]] of keys.entries()) {
    const answer =
      value === null
        ? calls.fsconfig(context, FSCONFIG_SET_FLAG, key, undefined, 0)
        : calls.fsconfig(context, FSCONFIG_SET_STRING, key, value, 0);
    if (answer < 0) return { ...failure(answer), stage: index };
  }
  const created = calls.fsconfig(context, FSCONFIG_CMD_CREATE, undefined, undefined, 0);
  return created < 0 ? { ...failure(created), stage: 'create' } : done;
}

function attach(calls: Syscalls, context: number, at: string): Answer {
  const mount = calls.fsmount(context, FSMOUNT_CLOEXEC, 0);
  if (mount < 0) return { ...failure(mount), stage: 'mount' };
  try {
    const moved = calls.move_mount(mount, '', AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH);
    return moved < 0 ? { ...failure(moved), stage: 'attach' } : done;
  } finally {
    calls.close(mount);
  }
}

/** What the mounts suite records of a mount that worked: the options that it shows, and the names in its root. */
function shown(session: Session, at: string): Answer {
  if (!session.showsMounts) return done;
  const names = directoryNames(session.host.calls, at);
  const ls: Json = typeof names === 'number' ? (failure(names).e ?? null) : names;
  return { r: { options: session.machine.superOptions(at), ls } };
}

/**
 * What mounting leaves behind: the names in the work base directories (`index` without its entries, whose names are file
 * handles, but with the names of its private xattrs) and the names of the upper roots' private xattrs.
 */
export function privateState(calls: Syscalls, uppers: readonly string[], works: readonly string[]): Json {
  return {
    ...Object.fromEntries(works.map((path) => [path, workState(calls, path)])),
    ...Object.fromEntries(uppers.map((path) => [path, privateNames(calls, path)])),
  };
}

function workState(calls: Syscalls, base: string): Json {
  const names = directoryNames(calls, base);
  if (typeof names === 'number') return failure(names).e ?? null;
  const state: Record<string, Json> = {};
  for (const name of names) {
    const path = `${base}/${name}`;
    if (name === 'index') {
      state.index = null;
      state['index:x'] = privateNames(calls, path);
    } else {
      const inside = directoryNames(calls, path);
      state[name] = typeof inside === 'number' ? null : inside.map(withoutNumber);
    }
  }
  return state;
}

/** Temporary names are `#` and a number that no two runs share. */
function withoutNumber(name: string): string {
  return name.startsWith('#') ? '#' : name;
}

function privateNames(calls: Syscalls, path: string): readonly string[] {
  const names = calls.listxattrat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
  return typeof names === 'number' ? [] : names.filter((name) => privateName.test(name)).sort();
}

/** The xattrs in which overlayfs keeps what it must know of an object. */
const privateName = /^(?:trusted|user)\.overlay\./;
