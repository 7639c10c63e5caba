import { errno } from '../../host/errno.ts';
import {
  FSCONFIG_CMD_CREATE,
  FSCONFIG_CMD_RECONFIGURE,
  FSCONFIG_SET_FD,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
} from '../../host/constants.ts';
import { CAP_SYS_ADMIN, nsCapable, type Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import { FsContext, parseParameter, type FsContextOperations, type FsParameter } from '../vfs/fs-context.ts';
import type { Mount } from '../vfs/mount.ts';
import { FileOperations, type Iocb, type OpenFile } from '../vfs/open-file.ts';
import type { MachineKernel } from './machine.ts';
import { makeTree, mountCapable } from './mounting.ts';
import type { Process } from './process.ts';
import type { Loader, Saver, SavedValue } from '../vfs/snapshot.ts';
import { reconfigureSuperblock } from './remount.ts';

/** The arguments of fsconfig(2) after the descriptor; `undefined` is NULL. */
export interface FsConfigArguments {
  readonly command: number;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly aux: number;
}

/** How far a context has come (enum fs_context_phase). */
type Phase = 'parameters' | 'mountable' | 'mounted' | 'failed';

/** The longest key or value that fsconfig takes, with its NUL (R71). */
const maxText = 256;
/** Lines that a context keeps; older ones are dropped. */
const maxMessages = 8;

/** What is behind a descriptor of fsopen or fspick. */
export class FsContextFile extends FileOperations {
  readonly #kernel: MachineKernel;
  readonly #type: FilesystemType;
  /** What was set so far, for a saved machine. */
  #history: FsParameter[] = [];
  readonly #messages: string[] = [];
  #context: FsContext;
  #operations: FsContextOperations;
  #phase: Phase = 'parameters';
  #reconfigured: Dentry | undefined;
  #tree: Mount | undefined;

  /** `reconfigured`: the root of what fspick has picked. */
  constructor(kernel: MachineKernel, cred: Credentials, type: FilesystemType, reconfigured: Dentry | undefined) {
    super();
    this.#kernel = kernel;
    this.#type = type;
    this.#reconfigured = reconfigured;
    this.#context = this.#newContext(cred);
    this.#operations = type.initContext(this.#context);
  }

  #newContext(cred: Credentials): FsContext {
    return new FsContext({
      kernel: this.#kernel,
      type: this.#type,
      cred,
      oldApi: false,
      messages: this.#messages,
      ...(this.#reconfigured !== undefined && { reconfigured: this.#reconfigured }),
    });
  }

  /** What fsconfig says of its arguments before it looks at the descriptor. */
  static check({ command, key, value, aux }: FsConfigArguments): number {
    switch (command) {
      case FSCONFIG_SET_FLAG:
        return key === undefined || value !== undefined || aux !== 0 ? -errno.EINVAL : 0;
      case FSCONFIG_SET_STRING:
        return key === undefined || value === undefined || aux !== 0 ? -errno.EINVAL : 0;
      case FSCONFIG_SET_FD:
        return key === undefined || value !== undefined || aux < 0 ? -errno.EINVAL : 0;
      case FSCONFIG_CMD_CREATE:
      case FSCONFIG_CMD_RECONFIGURE:
        return key !== undefined || value !== undefined || aux !== 0 ? -errno.EINVAL : 0;
      default:
        return -errno.EOPNOTSUPP;
    }
  }

  configure(process: Process, given: FsConfigArguments): number {
    if (tooLong(given.key) || tooLong(given.value)) return -errno.EINVAL;
    const parameter = parameterOf(process, given);
    if (typeof parameter === 'number') return parameter;
    if (this.#phase === 'mounted') this.#beginAnew();
    switch (given.command) {
      case FSCONFIG_CMD_CREATE:
        return this.#create(process);
      case FSCONFIG_CMD_RECONFIGURE:
        return this.#reconfigure(process);
      default:
        return this.#set(parameter);
    }
  }

  #set(parameter: FsParameter): number {
    if (this.#phase !== 'parameters') return -errno.EBUSY;
    this.#history.push(parameter);
    const answer = parseParameter(this.#context, this.#operations, parameter);
    this.#messages.splice(0, this.#messages.length - maxMessages);
    return answer;
  }

  #create(process: Process): number {
    if (this.#phase !== 'parameters' || this.#reconfigured !== undefined) return -errno.EBUSY;
    if (!mountCapable(this.#context)) return -errno.EPERM;
    const tree = makeTree(process, this.#context, this.#operations);
    if (typeof tree === 'number') {
      this.#phase = 'failed';
      return tree;
    }
    this.#phase = 'mountable';
    tree.holds += 1;
    this.#tree = tree;
    return 0;
  }

  #reconfigure(process: Process): number {
    const picked = this.#reconfigured;
    if (this.#phase !== 'parameters' || picked === undefined) return -errno.EBUSY;
    const answer = nsCapable(process.cred, picked.sb.userNamespace, CAP_SYS_ADMIN)
      ? reconfigureSuperblock(process, this.#context, this.#operations)
      : -errno.EPERM;
    if (answer < 0) {
      this.#phase = 'failed';
      return answer;
    }
    this.#beginAnew();
    return 0;
  }

  /** fsmount: the mount that CREATE has made, once. */
  takeTree(): Mount | number {
    if (this.#tree === undefined) return this.#reconfigured === undefined ? -errno.EINVAL : -errno.EBUSY;
    if (this.#phase !== 'mountable') return -errno.EBUSY;
    const tree = this.#tree;
    this.#tree = undefined;
    tree.holds -= 1;
    this.#phase = 'mounted';
    this.#reconfigured = tree.root;
    return tree;
  }

  /** After a change the descriptor is as if fspick had just given it (vfs_clean_context). */
  #beginAnew(): void {
    const { cred } = this.#context;
    this.#operations.free?.(this.#context);
    this.#context = this.#newContext(cred);
    this.#operations = this.#type.initContext(this.#context);
    this.#history = [];
    this.#phase = 'parameters';
  }

  override isSeekable(): boolean {
    return false;
  }

  /** One message at a time, with its newline; ENODATA when there is none. */
  override read(_file: OpenFile, buffer: Uint8Array, _iocb: Iocb): number {
    const [message] = this.#messages;
    if (message === undefined) return -errno.ENODATA;
    if (message.length + 1 > buffer.length) return -errno.EMSGSIZE;
    this.#messages.shift();
    return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).write(`${message}\n`, 'latin1');
  }

  takeMessages(): readonly string[] {
    return this.#messages.splice(0);
  }

  override release(): void {
    this.#operations.free?.(this.#context);
    if (this.#tree !== undefined) this.#kernel.releasePrivateMount(this.#tree);
  }

  override save(saver: Saver): SavedValue {
    const saved: SavedContext = {
      type: this.#kernel.typeKey(this.#type),
      phase: this.#phase,
      reconfigured: this.#reconfigured === undefined ? null : saver.dentry(this.#reconfigured),
      tree: this.#tree === undefined ? null : saver.mount(this.#tree),
      messages: [...this.#messages],
      parameters: this.#history.map((parameter) => saveParameter(parameter, saver)),
    };
    return saved as unknown as SavedValue;
  }

  /** A context that is as it was: what was set is set again. */
  static restore(kernel: MachineKernel, cred: Credentials, value: SavedValue, loader: Loader): FsContextFile {
    const saved = value as unknown as SavedContext;
    const reconfigured = saved.reconfigured === null ? undefined : loader.dentry(saved.reconfigured);
    const context = new FsContextFile(kernel, cred, kernel.knownType(saved.type), reconfigured);
    for (const parameter of saved.parameters) context.#set(restoreParameter(parameter, loader));
    context.#messages.splice(0, Infinity, ...saved.messages);
    context.#phase = saved.phase;
    if (saved.tree !== null) context.#tree = loader.mount(saved.tree);
    return context;
  }
}

interface SavedContext {
  readonly type: string;
  readonly phase: Phase;
  readonly reconfigured: number | null;
  readonly tree: number | null;
  readonly messages: readonly string[];
  readonly parameters: readonly SavedParameter[];
}

interface SavedParameter {
  readonly key: string;
  readonly string?: string;
  readonly file?: number;
}

function saveParameter(parameter: FsParameter, saver: Saver): SavedParameter {
  const { key } = parameter;
  if (parameter.type === 'string') return { key, string: parameter.string };
  return parameter.type === 'file' ? { key, file: saver.file(parameter.file) } : { key };
}

function restoreParameter({ key, string, file }: SavedParameter, loader: Loader): FsParameter {
  if (string !== undefined) return { key, type: 'string', string };
  return file === undefined ? { key, type: 'flag' } : { key, type: 'file', file: loader.file(file) };
}

function tooLong(text: string | undefined): boolean {
  return text !== undefined && text.length >= maxText;
}

/** The parameter of a command that sets one; EBADF for a descriptor that is not open. */
function parameterOf(
  process: Process,
  { command, key = '', value = '', aux }: FsConfigArguments,
): FsParameter | number {
  if (command === FSCONFIG_SET_STRING) return { key, type: 'string', string: value };
  if (command !== FSCONFIG_SET_FD) return { key, type: 'flag' };
  const file = process.descriptors.getRaw(aux);
  return file === undefined ? -errno.EBADF : { key, type: 'file', file };
}
