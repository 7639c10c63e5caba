import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Credentials, UserNamespace } from '../vfs/credentials.ts';
import { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { Mount, type MountNamespace, type VfsPath } from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { reopenPath } from '../vfs/file.ts';
import type { Loader } from '../vfs/snapshot.ts';
import type { Superblock } from '../vfs/superblock.ts';
import { FsContextFile } from './fs-context-file.ts';
import { MachineKernel } from './machine.ts';
import { attach } from './mount-tree.ts';
import { RandomSource } from './random.ts';
import {
  savedFormat,
  type SavedCredentials,
  type SavedFile,
  type SavedMachine,
  type SavedMount,
  type SavedPath,
  type SavedUserNamespace,
} from './saved-machine.ts';

/** Makes a machine of plain data. Throws for data of another format. */
export function restoreMachine(saved: SavedMachine, types: ReadonlyMap<string, FilesystemType>): MachineKernel {
  // Read from files, so not to be taken on trust.
  const format: string = saved.format;
  if (format !== savedFormat) throw new Error(`not a machine of this format: ${format}`);
  const kernel = new MachineKernel({
    profile: saved.profile,
    filesystemTypes: types,
    random: RandomSource.fromState(saved.random),
    clock: saved.clock,
    callNs: saved.callNs,
    granularityNs: saved.granularityNs,
  });
  new MachineLoader(kernel, saved).load();
  return kernel;
}

class MachineLoader implements Loader {
  readonly #kernel: MachineKernel;
  readonly #saved: SavedMachine;
  readonly #userNamespaces: UserNamespace[] = [];
  readonly #mountNamespaces: readonly MountNamespace[];
  readonly #superblocks: Superblock[] = [];
  readonly #dentries: (Dentry | undefined)[] = [];
  readonly #mounts: (Mount | undefined)[] = [];
  readonly #files: (OpenFile | undefined)[] = [];

  constructor(kernel: MachineKernel, saved: SavedMachine) {
    this.#kernel = kernel;
    this.#saved = saved;
    for (const namespace of saved.userNamespaces) this.#userNamespaces.push(this.#restoreUserNamespace(namespace));
    this.#mountNamespaces = saved.mountNamespaces.map(({ id, userNamespace, anonymous }) =>
      kernel.mounts.restoreNamespace({ id, userNamespace: at(this.#userNamespaces, userNamespace), anonymous }),
    );
  }

  load(): void {
    const { superblocks, dentries, mounts, files, processes, counters, dmesg } = this.#saved;
    for (const superblock of superblocks) {
      const { id, dev, data } = superblock;
      const type = this.#kernel.knownType(superblock.type);
      const userNamespace = at(this.#userNamespaces, superblock.userNamespace);
      this.#superblocks.push(type.restore(this.#kernel, { id, dev, userNamespace }, data, this));
      this.#kernel.reserveDevice(dev);
    }
    for (const number of dentries.keys()) this.dentry(number);
    for (const number of mounts.keys()) this.#kernel.mounts.add(this.mount(number));
    for (const [number, mount] of mounts.entries()) this.#attach(this.mount(number), mount);
    this.#restoreProcesses(processes);
    for (const number of files.keys()) this.file(number);
    this.#restoreDescriptors(processes);
    this.#kernel.counters = counters;
    this.#kernel.dmesg.push(...dmesg);
  }

  superblock(number: number): Superblock {
    return at(this.#superblocks, number);
  }

  inode(number: number, id: number): Inode {
    const inode = this.superblock(number).inodeById(id);
    if (inode === null) throw new Error(`a saved machine refers to inode ${id}, which it has not`);
    return inode;
  }

  dentry(number: number): Dentry {
    return (this.#dentries[number] ??= this.#restoreDentry(number));
  }

  #restoreDentry(number: number): Dentry {
    const saved = at(this.#saved.dentries, number);
    const sb = this.superblock(saved.superblock);
    const dentry = this.#dentryOf(sb, saved);
    if (saved.data !== undefined) sb.restoreDentry(dentry, saved.data, this);
    return dentry;
  }

  #dentryOf(sb: Superblock, { parent, name, inode, hashed }: SavedMachine['dentries'][number]): Dentry {
    const found = inode === null ? null : sb.inodeById(inode);
    if (parent === null) return found === sb.root.inode ? sb.root : new Dentry(sb, undefined, name, found);
    const above = this.dentry(parent);
    const cached = hashed ? above.children?.get(name) : undefined;
    if (cached !== undefined) return cached;
    const dentry = new Dentry(sb, above, name, null);
    if (found !== null && hashed) dentry.instantiate(found);
    else if (found !== null) {
      dentry.inode = found;
      found.alias ??= dentry;
    }
    return dentry;
  }

  mount(number: number): Mount {
    return (this.#mounts[number] ??= this.#restoreMount(at(this.#saved.mounts, number)));
  }

  #restoreMount(saved: SavedMount): Mount {
    const root = this.dentry(saved.root);
    const mount = new Mount(saved.id, root.sb, root, saved.flags, saved.source);
    mount.locked = saved.locked;
    mount.lockedFlags = saved.lockedFlags ?? 0;
    mount.unbindable = saved.unbindable;
    mount.expiring = saved.expiring;
    mount.holds = saved.holds;
    if (saved.namespace !== null) mount.namespace = at(this.#mountNamespaces, saved.namespace);
    return mount;
  }

  #attach(mount: Mount, { on }: SavedMount): void {
    if (on !== null) attach(mount, this.mount(on[0]), this.dentry(on[1]));
  }

  #restoreUserNamespace({ parent, uids, gids }: SavedUserNamespace): UserNamespace {
    if (parent === null) return this.#kernel.initialUserNamespace;
    return { parent: at(this.#userNamespaces, parent), uids, gids };
  }

  #path({ mount, dentry }: SavedPath): VfsPath {
    return { mount: this.mount(mount), dentry: this.dentry(dentry) };
  }

  #credentials(saved: SavedCredentials): Credentials {
    return { ...saved, userNamespace: at(this.#userNamespaces, saved.userNamespace) };
  }

  #restoreProcesses(processes: SavedMachine['processes']): void {
    for (const { pid, cred, mask, root, cwd, namespace } of processes) {
      const state = { mask, cred: this.#credentials(cred), root: this.#path(root), cwd: this.#path(cwd) };
      this.#kernel.addProcess({ ...state, namespace: at(this.#mountNamespaces, namespace) }, pid);
    }
  }

  #restoreDescriptors(processes: SavedMachine['processes']): void {
    for (const { pid, descriptors } of processes) {
      const process = this.#kernel.processes.get(pid);
      for (const [fd, file] of descriptors) process?.descriptors.put(fd, this.file(file));
    }
  }

  file(number: number): OpenFile {
    return (this.#files[number] ??= this.#restoreFile(at(this.#saved.files, number)));
  }

  #restoreFile(saved: SavedFile): OpenFile {
    const cred = this.#credentials(saved.cred);
    if (saved.path === null) {
      const context = FsContextFile.restore(this.#kernel, cred, saved.data ?? null, this);
      return this.#kernel.anonymous.open(cred, saved.flags, context);
    }
    const file = reopenPath(cred, this.#path(saved.path), saved.flags);
    file.pos = saved.pos;
    file.lock = saved.lock;
    file.dissolvesMount = saved.dissolvesMount;
    if (saved.data !== undefined) file.ops.restore(file, saved.data, this);
    return file;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error('a saved machine refers to something that it has not');
  return item;
}
