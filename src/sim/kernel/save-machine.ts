import type { Credentials, UserNamespace } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Mount, MountNamespace, VfsPath } from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import type { Saver } from '../vfs/snapshot.ts';
import type { Superblock } from '../vfs/superblock.ts';
import type { MachineKernel } from './machine.ts';
import { hasParent } from './mount-tree.ts';
import type { Process } from './process.ts';
import {
  savedFormat,
  type SavedCredentials,
  type SavedDentry,
  type SavedFile,
  type SavedMachine,
  type SavedMount,
  type SavedMountNamespace,
  type SavedPath,
  type SavedProcess,
  type SavedUserNamespace,
} from './saved-machine.ts';

/** Makes plain data of a machine. */
export function saveMachine(kernel: MachineKernel, bootId: string): SavedMachine {
  return new MachineSaver(kernel).save(bootId);
}

/** Gives the objects that it meets their numbers. */
class MachineSaver implements Saver {
  readonly #kernel: MachineKernel;
  readonly #superblocks: readonly Superblock[];
  readonly #superblockNumbers: ReadonlyMap<Superblock, number>;
  readonly #mounts = new Map<Mount, number>();
  readonly #dentries = new Map<Dentry, number>();
  readonly #savedDentries: SavedDentry[] = [];
  readonly #files = new Map<OpenFile, number>();
  readonly #userNamespaces = new Map<UserNamespace, number>();
  readonly #mountNamespaces = new Map<MountNamespace, number>();

  constructor(kernel: MachineKernel) {
    this.#kernel = kernel;
    this.#superblocks = kernel.mounts.superblocks;
    this.#superblockNumbers = new Map(this.#superblocks.map((sb, number) => [sb, number]));
    for (const mount of kernel.mounts.mounts) this.#mounts.set(mount, this.#mounts.size);
    this.#userNamespace(kernel.initialUserNamespace);
  }

  save(bootId: string): SavedMachine {
    const kernel = this.#kernel;
    const superblocks = this.#superblocks.map((sb) => ({
      type: kernel.typeKey(sb.type),
      id: sb.id,
      dev: sb.dev,
      userNamespace: this.#userNamespace(sb.userNamespace),
      data: sb.save(this),
    }));
    const mounts = Array.from(this.#mounts.keys(), (mount) => this.#saveMount(mount));
    const processes = Array.from(kernel.processes.values(), (process) => this.#saveProcess(process));
    // A file may name others, which join the list.
    const files: SavedFile[] = [];
    for (const file of this.#files.keys()) files.push(this.#saveFile(file));
    return {
      format: savedFormat,
      profile: kernel.profile,
      clock: kernel.clock.now(),
      callNs: kernel.options.callNs,
      granularityNs: kernel.options.granularityNs,
      random: kernel.random.state,
      bootId,
      counters: kernel.counters,
      dmesg: [...kernel.dmesg],
      mountNamespaces: Array.from(this.#mountNamespaces.keys(), (namespace) => this.#saveNamespace(namespace)),
      userNamespaces: this.#saveUserNamespaces(),
      ...{ superblocks, mounts, processes, files },
      dentries: this.#savedDentries,
    };
  }

  superblock(sb: Superblock): number {
    return known(this.#superblockNumbers, sb);
  }

  mount(mount: Mount): number {
    return known(this.#mounts, mount);
  }

  dentry(dentry: Dentry): number {
    const given = this.#dentries.get(dentry);
    if (given !== undefined) return given;
    const parent = dentry.isRoot ? null : this.dentry(dentry.parent);
    const number = this.#savedDentries.length;
    this.#dentries.set(dentry, number);
    const data = dentry.sb.saveDentry(dentry, this);
    this.#savedDentries.push({
      superblock: this.superblock(dentry.sb),
      parent,
      name: dentry.name,
      inode: dentry.inode?.id ?? null,
      hashed: dentry.hashed,
      ...(data !== undefined && { data }),
    });
    return number;
  }

  file(file: OpenFile): number {
    return numbered(this.#files, file);
  }

  #userNamespace(namespace: UserNamespace): number {
    if (namespace.parent !== undefined) this.#userNamespace(namespace.parent);
    return numbered(this.#userNamespaces, namespace);
  }

  #saveUserNamespaces(): SavedUserNamespace[] {
    return Array.from(this.#userNamespaces.keys(), ({ parent, uids, gids }) => {
      return { parent: parent === undefined ? null : known(this.#userNamespaces, parent), uids, gids };
    });
  }

  #saveNamespace({ id, userNamespace, anonymous }: MountNamespace): SavedMountNamespace {
    return { id, userNamespace: this.#userNamespace(userNamespace), anonymous };
  }

  #namespace(namespace: MountNamespace): number {
    return numbered(this.#mountNamespaces, namespace);
  }

  #saveMount(mount: Mount): SavedMount {
    const { id, flags, source, locked, lockedFlags, unbindable, expiring, holds, namespace } = mount;
    return {
      ...{ id, flags, source, locked, unbindable, expiring, holds },
      lockedFlags: lockedFlags === 0 ? undefined : lockedFlags,
      root: this.dentry(mount.root),
      on: hasParent(mount) ? [this.mount(mount.parent), this.dentry(mount.mountpoint)] : null,
      namespace: namespace === undefined ? null : this.#namespace(namespace),
    };
  }

  #savePath({ mount, dentry }: VfsPath): SavedPath {
    return { mount: this.mount(mount), dentry: this.dentry(dentry) };
  }

  #saveFile(file: OpenFile): SavedFile {
    const { flags, pos, dissolvesMount, lock } = file;
    const data = file.ops.save(this);
    return {
      ...{ flags, pos, dissolvesMount, lock },
      path: this.#kernel.anonymous.owns(file) ? null : this.#savePath(file),
      cred: this.#saveCredentials(file.cred),
      ...(data !== undefined && { data }),
    };
  }

  #saveCredentials(cred: Credentials): SavedCredentials {
    return { ...cred, userNamespace: this.#userNamespace(cred.userNamespace) };
  }

  #saveProcess(process: Process): SavedProcess {
    const { pid, mask } = process;
    return {
      ...{ pid, mask },
      cred: this.#saveCredentials(process.cred),
      root: this.#savePath(process.root),
      cwd: this.#savePath(process.cwd),
      namespace: this.#namespace(process.namespace),
      descriptors: Array.from(process.descriptors.entries(), ([fd, file]) => [fd, this.file(file)] as const),
    };
  }
}

/** The number of an object, the next one if it has none yet. */
function numbered<Item>(numbers: Map<Item, number>, item: Item): number {
  const given = numbers.get(item);
  if (given !== undefined) return given;
  numbers.set(item, numbers.size);
  return numbers.size - 1;
}

function known<Item>(numbers: ReadonlyMap<Item, number>, item: Item): number {
  const number = numbers.get(item);
  if (number === undefined) throw new Error('a machine refers to something that is no part of it');
  return number;
}
