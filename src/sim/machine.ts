import type { MountEntry } from '../host/host.ts';
import { parseMountinfo } from '../host/linux/mountinfo.ts';
import type { Timestamp } from '../host/stat.ts';
import { filesystemTypes } from './filesystems.ts';
import { MachineKernel, type ProcessInit } from './kernel/machine.ts';
import { mountinfo } from './kernel/mountinfo.ts';
import type { Process } from './kernel/process.ts';
import { linux618 } from './kernel/profile.ts';
import { RandomSource } from './kernel/random.ts';
import { restoreMachine } from './kernel/restore-machine.ts';
import { saveMachine } from './kernel/save-machine.ts';
import type { SavedMachine } from './kernel/saved-machine.ts';
import type { KernelProfile } from './vfs/kernel.ts';
import { machineFromText, machineToText } from './machine-text.ts';

/** How a machine differs from the usual one. */
export interface SimMachineOptions {
  /** Linux 6.18 on tmpfs unless said otherwise. */
  readonly profile?: KernelProfile;
  /** Decides every random byte: UUIDs, generation numbers of inodes, names of temporary files. */
  readonly seed?: number;
  /** The clock at boot. */
  readonly clock?: Timestamp;
  /** How long each system call takes, in nanoseconds. */
  readonly callNs?: number;
  /** What the times of files are cut to, in nanoseconds: 4,000,000 is a kernel with 250 ticks a second. */
  readonly granularityNs?: number;
}

/** A moment in the past of all who use it, later than any time that recorded traces set. */
const bootTime: Timestamp = { sec: 1_700_000_000, nsec: 0 };

/**
 * A simulated Linux machine: a value that is the same whenever it is made in the same way, that can be cloned, compared and
 * stored. Its first process is root; what happens on it happens through the system calls of its processes.
 */
export class SimMachine {
  readonly kernel: MachineKernel;
  /** Tells this boot from others (/proc/sys/kernel/random/boot_id). */
  readonly bootId: string;

  private constructor(kernel: MachineKernel, bootId: string) {
    this.kernel = kernel;
    this.bootId = bootId;
  }

  /** A fresh machine: an empty root filesystem, and one process. */
  static boot(options: SimMachineOptions = {}): SimMachine {
    const random = RandomSource.fromSeed(options.seed ?? 1);
    const kernel = new MachineKernel({
      profile: options.profile ?? linux618,
      filesystemTypes,
      random,
      clock: options.clock ?? bootTime,
      callNs: options.callNs ?? 1000,
      granularityNs: options.granularityNs ?? 1,
    });
    const bootId = uuidText(random.bytes(16));
    kernel.boot();
    return new SimMachine(kernel, bootId);
  }

  /** A machine that save() or the text of toText() describes. */
  static restore(saved: SavedMachine): SimMachine {
    return new SimMachine(restoreMachine(saved, filesystemTypes), saved.bootId);
  }

  /** A machine from the text of a file. Throws for text that is none. */
  static fromText(text: string): SimMachine {
    return SimMachine.restore(machineFromText(text));
  }

  /** The process that the machine began with. */
  get init(): Process {
    const [first] = this.kernel.processes.values();
    if (first === undefined) throw new Error('all processes of the machine have ended');
    return first;
  }

  /** A new process; an errno (negative) where its root or working directory cannot be entered. */
  spawn(init: ProcessInit): Process | number {
    return this.kernel.spawn(init);
  }

  /** The machine as plain data that shares its bytes; made and restored in the time of a few system calls. */
  save(): SavedMachine {
    return saveMachine(this.kernel, this.bootId);
  }

  /** A machine that goes its own way from here on. Bytes are copied when one of the two writes to them. */
  clone(): SimMachine {
    return SimMachine.restore(this.save());
  }

  /** The machine as text: JSON, bytes in base64. Equal machines have equal texts. */
  toText(): string {
    return machineToText(this.save());
  }

  /** The kernel log, oldest line first. */
  get dmesg(): readonly string[] {
    return this.kernel.dmesg;
  }

  /** The text of /proc/filesystems. */
  procFilesystems(): string {
    return this.kernel.profile.filesystems.map(({ name, nodev }) => `${nodev ? 'nodev' : ''}\t${name}\n`).join('');
  }

  /** The text of /proc/PID/mountinfo, a byte string. */
  mountinfo(process: Process = this.init): string {
    return mountinfo(process);
  }

  mountTable(process: Process = this.init): readonly MountEntry[] {
    return parseMountinfo(mountinfo(process));
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
