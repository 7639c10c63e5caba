import { AT_FDCWD } from '../host/constants.ts';
import { isSystemError } from '../host/error.ts';
import type { Path } from '../host/path.ts';
import { statBuffer, StatSlot } from '../host/stat.ts';
import { dumpTree, type DumpedTree } from './dump.ts';
import { runHostOp } from './host-op.ts';
import { IdentityClasses } from './identity.ts';
import { LayerHandles } from './layer-handles.ts';
import { runOp } from './op.ts';
import { done, failure, type Answer } from './outcome.ts';
import { Process } from './process.ts';
import type { ChrootRecord, FileRecord, OpRecord, ProcRecord, StepRecord } from './records.ts';
import { slot } from './stat-result.ts';
import type { Machine, MachineProcess } from './target.ts';

/** What a session must know of the trace whose records it runs. */
export interface SessionSetting {
  readonly header: FileRecord;
  readonly persistentIno: boolean;
}

/** What came of one record. */
export type StepResult =
  { readonly kind: 'answer'; readonly answer: Answer } | { readonly kind: 'tree'; readonly tree: DumpedTree };

/** The process that exists without being announced. */
const firstPid = 1;

/** Runs the records of one trace on one machine, and says what the machine answered. */
export class Session {
  readonly setting: SessionSetting;
  readonly machine: Machine;
  readonly identity: IdentityClasses;
  readonly handles: LayerHandles;
  readonly #host: MachineProcess;
  readonly #processes = new Map<number, Process>();
  readonly #stat = statBuffer();
  #root = '/' as Path;

  constructor(machine: Machine, setting: SessionSetting) {
    this.machine = machine;
    this.setting = setting;
    this.identity = new IdentityClasses(setting.persistentIno);
    // Modes of host records are final, so this process has no mask.
    const root = '/' as Path;
    this.#host = machine.start({ uid: 0, gid: 0, groups: [0], umask: 0, root, cwd: root });
    this.handles = new LayerHandles();
    this.#makeMountPoints();
  }

  /** The system calls of the process that runs host records and dumps: root, outside of any chroot. */
  get host(): MachineProcess {
    return this.#host;
  }

  /** Runs one record. */
  run(record: StepRecord): StepResult {
    switch (record.t) {
      case 'dump':
        return { kind: 'tree', tree: dumpTree(this, record) };
      case 'op':
        this.handles.forget();
        return answered(this.#op(record));
      case 'host':
        this.handles.forget();
        return answered(runHostOp(this, record));
      case 'chroot':
        return answered(this.#chroot(record));
      case 'proc':
        return answered(this.#announced(record));
      case 'exit':
        this.#endProcess(record.pid);
        return answered(done);
    }
  }

  /** Whether paths of operations are what the system call gets; else they are relative to the mount point. */
  get rawPaths(): boolean {
    return this.setting.header.paths === 'chroot';
  }

  /** The path that a system call gets for one of an operation. */
  pathOf(path: string): string {
    const { mnt = '' } = this.setting.header;
    if (this.rawPaths) return path;
    return path === '.' ? mnt : `${mnt}/${path}`;
  }

  /** Whether the trace records what a mount shows of itself. */
  get showsMounts(): boolean {
    return this.setting.header.suite === 'mounts';
  }

  /** Before an unmount of `at`: the processes of a posix trace, whose root is there, have ended by then. */
  unmounting(at: string): void {
    if (this.rawPaths && at === this.setting.header.mnt) this.#endProcesses();
  }

  /** After a mount on `at`: if that is where the traced filesystem goes, its identity classes begin anew. */
  mounted(at: string): void {
    const { mnt } = this.setting.header;
    if (mnt === undefined || at !== mnt) return;
    const calls = this.#host.calls;
    const own = calls.fstatat(AT_FDCWD, mnt, this.#stat, 0) < 0 ? undefined : slot(this.#stat, StatSlot.dev);
    const parent = calls.fstatat(AT_FDCWD, `${mnt}/..`, this.#stat, 0) < 0 ? undefined : slot(this.#stat, StatSlot.dev);
    this.identity.mounted(own === parent ? undefined : own);
  }

  /** Ends all processes; their descriptors are closed. The machine is its owner's to shut down. */
  close(): void {
    this.#endProcesses();
    this.#host.exit();
  }

  /** The mount points of posix traces exist from the start; other traces make theirs. */
  #makeMountPoints(): void {
    if (!this.rawPaths) return;
    const { mnt } = this.setting.header;
    for (const path of ['/fs0', mnt]) {
      if (path !== undefined) this.#host.calls.mkdirat(AT_FDCWD, path, 0o755);
    }
  }

  #chroot({ path }: ChrootRecord): Answer {
    this.#endProcesses();
    this.#root = path as Path;
    return done;
  }

  #op(record: OpRecord): Answer {
    const pid = record.pid ?? firstPid;
    const known = this.#processes.get(pid);
    if (known !== undefined) return runOp(this, known, record);
    const started = this.#start(pid, { uid: 0, gid: 0, groups: this.#rootGroups() });
    return started instanceof Process ? runOp(this, started, record) : started;
  }

  #announced(record: ProcRecord): Answer {
    this.#endProcess(record.pid);
    const started = this.#start(record.pid, record);
    return started instanceof Process ? done : started;
  }

  #rootGroups(): readonly number[] {
    return this.setting.header.suite === 'random' ? [] : [0];
  }

  /** Starts a process; the failure where its root or working directory cannot be entered. */
  #start(pid: number, properties: Omit<ProcRecord, 't' | 'pid'>): Process | Answer {
    const { uid, gid, groups, umask = this.#umask(), cwd = '/' } = properties;
    try {
      const started = this.machine.start({ uid, gid, groups, umask, root: this.#root, cwd: cwd as Path });
      const process = new Process(started, this.rawPaths ? 'posix' : 'counted');
      this.#processes.set(pid, process);
      return process;
    } catch (error) {
      if (isSystemError(error)) return failure(error.errno);
      throw error;
    }
  }

  #umask(): number {
    return Number.parseInt(this.setting.header.umask ?? '022', 8);
  }

  #endProcesses(): void {
    for (const pid of [...this.#processes.keys()]) this.#endProcess(pid);
  }

  #endProcess(pid: number): void {
    this.#processes.get(pid)?.end();
    this.#processes.delete(pid);
  }
}

function answered(answer: Answer): StepResult {
  return { kind: 'answer', answer };
}
