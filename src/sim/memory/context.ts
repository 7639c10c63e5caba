import {
  NO_PARAMETER,
  parseWords,
  type FsContext,
  type FsContextOperations,
  type FsParameter,
} from '../vfs/fs-context.ts';
import { CAP_SYS_ADMIN, capable } from '../vfs/credentials.ts';
import { fsParse, type ParameterSpec } from '../vfs/fs-parser.ts';
import { kernelId } from '../vfs/id-map.ts';
import { SB_REQUESTED } from '../vfs/superblock.ts';
import { Limits } from './limits.ts';
import { defaultLimits, MemorySuperblock } from './superblock.ts';
import type { MemoryFilesystemType } from './type.ts';

type Option =
  'gid' | 'huge' | 'inode32' | 'inode64' | 'mode' | 'mpol' | 'noswap' | 'nr_blocks' | 'nr_inodes' | 'size' | 'uid';

/** The options of tmpfs (shmem_fs_parameters). */
const options: readonly ParameterSpec<Option>[] = [
  { name: 'gid', option: 'gid', type: 'u32', base: 0 },
  { name: 'huge', option: 'huge', type: 'enum', values: { never: 0, always: 1, within_size: 2, advise: 3 } },
  { name: 'mode', option: 'mode', type: 'u32', base: 8 },
  { name: 'mpol', option: 'mpol', type: 'string' },
  { name: 'nr_blocks', option: 'nr_blocks', type: 'string' },
  { name: 'nr_inodes', option: 'nr_inodes', type: 'string' },
  { name: 'size', option: 'size', type: 'string' },
  { name: 'uid', option: 'uid', type: 'u32', base: 0 },
  { name: 'inode32', option: 'inode32', type: 'flag' },
  { name: 'inode64', option: 'inode64', type: 'flag' },
  { name: 'noswap', option: 'noswap', type: 'flag' },
];

/** The bytes that a size in per cent of all memory, or with a suffix of the alphabet, means (memparse). */
const suffixes = ['k', 'm', 'g', 't', 'p', 'e'];

/** A mount of a filesystem in memory that is being described. */
export class MemoryContext implements FsContextOperations {
  readonly #type: MemoryFilesystemType;
  #blocks: number | undefined;
  #inodes: number | undefined;
  #mode: number | undefined;
  #uid: number;
  #gid: number;
  #noSwap = false;

  constructor(type: MemoryFilesystemType, context: FsContext) {
    this.#type = type;
    this.#uid = context.cred.fsuid;
    this.#gid = context.cred.fsgid;
  }

  /** As the kernel: a comma that a digit follows does not end an option (shmem_next_opt). */
  parseMonolithic(context: FsContext, data: string | undefined): number {
    return parseWords(context, this, data === undefined ? [] : data.split(/,(?![0-9])/));
  }

  parseParameter(context: FsContext, parameter: FsParameter): number {
    const parsed = fsParse(context, options, parameter);
    if (typeof parsed === 'number') return parsed === NO_PARAMETER ? NO_PARAMETER : parsed;
    const text = parameter.type === 'string' ? parameter.string : '';
    switch (parsed.option) {
      case 'size':
        this.#blocks = this.#sizeInBlocks(context, text);
        return this.#blocks === undefined ? context.invalid(`Bad value for 'size'`) : 0;
      case 'nr_blocks':
        this.#blocks = wholeSize(text);
        return this.#blocks === undefined ? context.invalid(`Bad value for 'nr_blocks'`) : 0;
      case 'nr_inodes':
        this.#inodes = wholeSize(text);
        return this.#inodes === undefined ? context.invalid(`Bad value for 'nr_inodes'`) : 0;
      case 'mode':
        this.#mode = parsed.number & 0o7777;
        return 0;
      case 'uid':
        return this.#owner(context, parsed.number, text);
      case 'gid':
        return this.#group(context, parsed.number, text);
      case 'noswap':
        return this.#forbidSwap(context);
      case 'huge':
      case 'mpol':
      case 'inode32':
      case 'inode64':
        // Where pages and numbers come from makes no difference to what a caller sees here.
        return 0;
    }
  }

  #owner(context: FsContext, id: number, text: string): number {
    const uid = kernelId(context.cred.userNamespace.uids, id);
    if (uid === undefined) return context.invalid(`Invalid uid '${text}'`);
    this.#uid = uid;
    return 0;
  }

  #group(context: FsContext, id: number, text: string): number {
    const gid = kernelId(context.cred.userNamespace.gids, id);
    if (gid === undefined) return context.invalid(`Invalid gid '${text}'`);
    this.#gid = gid;
    return 0;
  }

  #forbidSwap(context: FsContext): number {
    if (!capable(context.cred, CAP_SYS_ADMIN) || context.userNamespace !== context.kernel.initialUserNamespace)
      return context.invalid('Turning off swap in unprivileged tmpfs mounts unsupported');
    this.#noSwap = true;
    return 0;
  }

  #sizeInBlocks(context: FsContext, text: string): number | undefined {
    const { memoryBytes, pageSize } = context.kernel.profile;
    const percent = /^([0-9]+)%$/.exec(text)?.[1];
    const bytes = percent === undefined ? wholeSize(text) : Math.floor((memoryBytes * Number(percent)) / 100);
    return bytes === undefined ? undefined : Math.ceil(bytes / pageSize);
  }

  getTree(context: FsContext): number {
    const { kernel, userNamespace } = context;
    const defaults = defaultLimits(kernel);
    const { features } = this.#type;
    const limits = new Limits(this.#blocks ?? defaults.maxBlocks, this.#inodes ?? defaults.maxInodes);
    const sb = new MemorySuperblock({ kernel, type: this.#type, features, userNamespace, limits });
    sb.flags |= context.sbFlags & SB_REQUESTED;
    if (features.uuid) sb.uuid = randomUuid(kernel.randomBytes(16));
    sb.rootMode = this.#mode ?? features.rootMode;
    sb.rootUid = this.#uid;
    sb.rootGid = this.#gid;
    sb.noSwap = this.#noSwap;
    sb.makeRoot();
    context.root = sb.root;
    return 0;
  }

  reconfigure(context: FsContext): number {
    const sb = context.reconfigured?.sb;
    if (!(sb instanceof MemorySuperblock)) return 0;
    const refusal = sb.limits.refusal(this.#blocks, this.#inodes) ?? this.#swapRefusal(sb);
    if (refusal !== undefined) return context.invalid(refusal);
    sb.limits.maxBlocks = this.#blocks ?? sb.limits.maxBlocks;
    sb.limits.maxInodes = this.#inodes ?? sb.limits.maxInodes;
    return 0;
  }

  /** Whether swap is used is settled when the filesystem is mounted. */
  #swapRefusal(sb: MemorySuperblock): string | undefined {
    return this.#noSwap && !sb.noSwap ? 'Cannot disable swap on remount' : undefined;
  }
}

/** A random UUID of version 4. */
function randomUuid(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const uuid = Uint8Array.from(bytes);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}

/** A number in C's notation with an optional suffix, and nothing after it. */
function wholeSize(text: string): number | undefined {
  const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)([kKmMgGtTpPeE]?)$/.exec(text);
  if (match?.[1] === undefined) return text === '' ? 0 : undefined;
  const digits = /^0[0-7]/.test(match[1]) ? `0o${match[1].slice(1)}` : match[1];
  const exponent = suffixes.indexOf((match[2] ?? '').toLowerCase()) + 1;
  return Number(digits) * 1024 ** exponent;
}
