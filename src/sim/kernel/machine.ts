import { errno } from '../../host/errno.ts';
import type { Path } from '../../host/path.ts';
import { makedev, type Timestamp } from '../../host/stat.ts';
import { AT_FDCWD } from '../../host/constants.ts';
import { credentials, type Credentials, type UserNamespace } from '../vfs/credentials.ts';
import { closeFile } from '../vfs/file.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import { FsContext, parseMonolithic } from '../vfs/fs-context.ts';
import { everyId } from '../vfs/id-map.ts';
import type { Kernel, KernelProfile } from '../vfs/kernel.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import { pathInode, type Mount, type VfsPath } from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { AnonymousFiles } from './anonymous.ts';
import { MachineClock } from './clock.ts';
import { MountTable, type MountUsers } from './namespace.ts';
import { pathFrom } from './path-text.ts';
import { Process, type ProcessState } from './process.ts';
import type { RandomSource } from './random.ts';
import { mountedOn } from './mount-tree.ts';
import { Walk } from './walk.ts';

/** What a machine begins with. */
export interface MachineOptions {
  readonly profile: KernelProfile;
  /** The types of filesystems that it has code for, by the names under which a profile lists them. */
  readonly filesystemTypes: ReadonlyMap<string, FilesystemType>;
  readonly random: RandomSource;
  readonly clock: Timestamp;
  /** How long a system call takes, in nanoseconds. */
  readonly callNs: number;
  /** What times of files are cut to, in nanoseconds. */
  readonly granularityNs: number;
}

/** Who a new process is, and where it stands. */
export interface ProcessInit {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  /** Its root directory, a path of the machine. */
  readonly root?: Path;
  /** Its working directory, a path below its root, entered by root. */
  readonly cwd?: Path;
}

/**
 * A simulated Linux machine without its storage: mounts, processes, clock. `SimMachine` builds it with a root filesystem and
 * makes a value of it.
 */
export class MachineKernel implements Kernel, MountUsers {
  readonly profile: KernelProfile;
  readonly clock: MachineClock;
  readonly random: RandomSource;
  readonly initialUserNamespace: UserNamespace = { parent: undefined, uids: everyId, gids: everyId };
  readonly mounts: MountTable;
  readonly anonymous: AnonymousFiles;
  readonly options: MachineOptions;
  /** The kernel log, oldest line first. */
  readonly dmesg: string[] = [];
  readonly processes = new Map<number, Process>();
  readonly #types: ReadonlyMap<string, FilesystemType>;
  readonly #devices = new Set<number>();
  #lastSuperblock = 0;
  #lastPid = 0;
  #current: Process | undefined;

  constructor(options: MachineOptions) {
    this.options = options;
    this.profile = options.profile;
    this.#types = options.filesystemTypes;
    this.random = options.random;
    this.clock = new MachineClock(options.clock, options.callNs, options.granularityNs);
    this.mounts = new MountTable(this);
    this.anonymous = new AnonymousFiles(this);
  }

  // What filesystems ask for

  get umask(): number {
    return this.#current?.mask ?? 0;
  }

  get currentCredentials(): Credentials {
    return this.current.cred;
  }

  /** The process whose system call is being answered. */
  get current(): Process {
    if (this.#current === undefined) throw new Error('no process makes a system call');
    return this.#current;
  }

  set current(process: Process) {
    this.#current = process;
  }

  randomBytes(length: number): Uint8Array {
    return this.random.bytes(length);
  }

  randomWord(): number {
    return this.random.word();
  }

  log(line: string): void {
    this.dmesg.push(line);
  }

  takeAnonymousDevice(): number {
    let minor = 1;
    while (this.#devices.has(makedev(0, minor))) minor += 1;
    const dev = makedev(0, minor);
    this.reserveDevice(dev);
    return dev;
  }

  freeAnonymousDevice(dev: number): void {
    this.#devices.delete(dev);
  }

  nextSuperblockId(): number {
    this.#lastSuperblock += 1;
    return this.#lastSuperblock;
  }

  kernPath(path: string, lookup: number): VfsPath | number {
    return this.kernPathAs(this.current.cred, path, lookup);
  }

  kernPathAs(cred: Credentials, path: string, lookup: number): VfsPath | number {
    const walk = new Walk(this.current, cred);
    const answer = walk.lookup(AT_FDCWD, path, lookup);
    return answer < 0 ? answer : walk.path();
  }

  dPath(path: VfsPath): string {
    return pathFrom(path, this.current.root).text;
  }

  clonePrivateMount(path: VfsPath): Mount | number {
    return this.mounts.clonePrivate(path, this.current.cred, this.current.namespace);
  }

  releasePrivateMount(mount: Mount): void {
    this.mounts.releasePrivate(mount);
  }

  isMountpoint(path: VfsPath): boolean {
    return mountedOn(path) !== undefined;
  }

  *openFiles(): Generator<OpenFile> {
    const seen = new Set<OpenFile>();
    for (const process of this.processes.values()) {
      for (const [, file] of process.descriptors.entries()) {
        if (seen.has(file)) continue;
        seen.add(file);
        yield file;
      }
    }
  }

  // Users of mounts

  usesMount(mount: Mount): boolean {
    for (const { cwd, root } of this.processes.values()) if (cwd.mount === mount || root.mount === mount) return true;
    for (const file of this.openFiles()) if (file.mount === mount) return true;
    return false;
  }

  /** Gives back a descriptor's open file; what nobody names any more is closed (fput). */
  putFile(file: OpenFile): void {
    if (file.references > 0) return;
    closeFile(file);
    if (file.dissolvesMount && file.mount.namespace?.anonymous === true) this.mounts.unmountTree(file.mount);
    else this.mounts.reap(file.mount);
  }

  // Filesystem types

  /** The type of a name that this kernel has and the simulator has code for. */
  filesystemType(name: string): FilesystemType | undefined {
    const listed = this.profile.filesystems.some((entry) => entry.name === name);
    return listed ? this.#types.get(name) : undefined;
  }

  /** The type of a root filesystem or of a saved machine. */
  knownType(key: string): FilesystemType {
    const type = this.#types.get(key);
    if (type === undefined) throw new Error(`the simulator has no filesystem type ${key}`);
    return type;
  }

  typeKey(type: FilesystemType): string {
    for (const [key, known] of this.#types) if (known === type) return key;
    throw new Error(`${type.name} is no type of this machine`);
  }

  // Beginning

  /** Mounts the root filesystem of the profile and starts the first process, which is root. */
  boot(): Process {
    const { type: key, options } = this.profile.rootFilesystem;
    const first: UserNamespace = this.profile.inUserNamespace
      ? { parent: this.initialUserNamespace, uids: everyId, gids: everyId }
      : this.initialUserNamespace;
    const type = this.knownType(key);
    const cred = credentials(0, 0, [0], this.initialUserNamespace);
    const context = new FsContext({ kernel: this, type, cred, oldApi: true });
    const operations = type.initContext(context);
    const parsed = parseMonolithic(context, operations, options);
    const made = parsed < 0 ? parsed : operations.getTree(context);
    if (made < 0 || context.root === undefined)
      throw new Error(`${key}: the root filesystem cannot be mounted (${made})`);
    const mount = this.mounts.create(context.root.sb, context.root, rootMountFlags, 'rootfs');
    const namespace = this.mounts.newNamespace(first, 'named');
    mount.namespace = namespace;
    const root = { mount, dentry: mount.root };
    return this.addProcess({ cred: { ...cred, userNamespace: first }, mask: 0o022, root, cwd: root, namespace });
  }

  /**
   * A new process in the namespaces of the first one: real, effective and saved ids are the same, all capabilities for
   * root and none for others. An errno where its root or working directory cannot be entered.
   */
  spawn(init: ProcessInit): Process | number {
    const [parent] = this.processes.values();
    if (parent === undefined) return -errno.ESRCH;
    const { cred, namespace } = parent;
    const process = this.addProcess({
      cred: credentials(0, 0, init.groups, cred.userNamespace),
      mask: init.umask,
      root: parent.root,
      cwd: parent.root,
      namespace,
    });
    const answer = this.#place(process, init);
    if (answer < 0) {
      process.exit();
      return answer;
    }
    process.cred = credentials(init.uid, init.gid, init.groups, cred.userNamespace);
    return process;
  }

  #place(process: Process, { root, cwd }: ProcessInit): number {
    for (const [path, what] of [
      [root, 'root'],
      [cwd, 'cwd'],
    ] as const) {
      if (path === undefined) continue;
      const walk = new Walk(process);
      const answer = walk.lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
      if (answer < 0) return answer;
      if (what === 'root') process.moveRoot(walk.path());
      process.moveCwd(walk.path());
    }
    return 0;
  }

  addProcess(state: ProcessState, pid = this.#lastPid + 1): Process {
    this.#lastPid = Math.max(this.#lastPid, pid);
    const process = new Process(this, pid, state);
    pathInode(state.root).pin();
    pathInode(state.cwd).pin();
    this.processes.set(pid, process);
    this.#current ??= process;
    return process;
  }

  forgetProcess(process: Process): void {
    this.processes.delete(process.pid);
    if (this.#current === process) this.#current = this.processes.values().next().value;
  }

  // Restoring

  reserveDevice(dev: number): void {
    this.#devices.add(dev);
  }

  /** The numbers given last, for a saved machine. */
  get counters(): { readonly superblock: number; readonly pid: number } {
    return { superblock: this.#lastSuperblock, pid: this.#lastPid };
  }

  set counters({ superblock, pid }: { readonly superblock: number; readonly pid: number }) {
    this.#lastSuperblock = superblock;
    this.#lastPid = pid;
  }
}

/** MNT_RELATIME, as the kernel mounts by default. */
const rootMountFlags = 0x20;
