import { errno } from '../../host/errno.ts';
import type { Credentials, UserNamespace } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import type { FilesystemType } from './filesystem-type.ts';
import type { Kernel } from './kernel.ts';
import type { OpenFile } from './open-file.ts';
import { SB_DIRSYNC, SB_LAZYTIME, SB_MANDLOCK, SB_RDONLY, SB_SYNCHRONOUS } from './superblock.ts';

/** One parameter of a mount (struct fs_parameter). A string value is a byte string. */
export type FsParameter =
  | { readonly key: string; readonly type: 'flag' }
  | { readonly key: string; readonly type: 'string'; readonly string: string }
  | { readonly key: string; readonly type: 'file'; readonly file: OpenFile };

/** Answer of parseParameter for a key that it does not know (the kernel's internal ENOPARAM, negative). */
export const NO_PARAMETER = -519;

/** What a filesystem does with an FsContext (struct fs_context_operations). Answers are 0 or a negative errno. */
export interface FsContextOperations {
  /** NO_PARAMETER for a key that is none of its own. */
  parseParameter(context: FsContext, parameter: FsParameter): number;
  /** The data of mount(2); where this is absent, words between commas are given to parseParameter. */
  parseMonolithic?(context: FsContext, data: string | undefined): number;
  /** Finds or makes the superblock and sets `context.root`. */
  getTree(context: FsContext): number;
  /** Changes `context.reconfigured`'s superblock; its SB_* flags are changed by the caller afterwards. */
  reconfigure(context: FsContext): number;
  /** The context is gone, whether it came to a mount or not. */
  free?(context: FsContext): void;
}

/** The description of a mount that is being made or changed (struct fs_context). */
export class FsContext {
  readonly kernel: Kernel;
  readonly type: FilesystemType;
  readonly cred: Credentials;
  readonly userNamespace: UserNamespace;
  /** The root of the mount whose superblock is being reconfigured. */
  readonly reconfigured: Dentry | undefined;
  /** Whether it came from mount(2) (oldapi). */
  readonly oldApi: boolean;
  /** The lines of fsopen's descriptor, `undefined` where messages go to the kernel log. */
  readonly messages: string[] | undefined;
  /** SB_* that are asked for, and which of them were named. */
  sbFlags = 0;
  sbFlagsMask = 0;
  source: string | undefined;
  /** The result of getTree. */
  root: Dentry | undefined;

  constructor(options: {
    readonly kernel: Kernel;
    readonly type: FilesystemType;
    readonly cred: Credentials;
    readonly reconfigured?: Dentry;
    readonly oldApi: boolean;
    readonly messages?: string[];
  }) {
    this.kernel = options.kernel;
    this.type = options.type;
    this.cred = options.cred;
    this.userNamespace = options.reconfigured?.sb.userNamespace ?? options.cred.userNamespace;
    this.reconfigured = options.reconfigured;
    this.oldApi = options.oldApi;
    this.messages = options.messages;
  }

  /** Logs an error and answers -EINVAL (invalfc). */
  invalid(message: string): number {
    this.#say('e', message);
    return -errno.EINVAL;
  }

  /** Logs an error without the filesystem's name in front and answers -EINVAL (invalf). */
  invalidUnnamed(message: string): number {
    this.#log('e', message);
    return -errno.EINVAL;
  }

  /** Logs an error (errorfc). */
  error(message: string): void {
    this.#say('e', message);
  }

  warn(message: string): void {
    this.#say('w', message);
  }

  info(message: string): void {
    this.#say('i', message);
  }

  #say(level: 'e' | 'w' | 'i', message: string): void {
    this.#log(level, `${this.type.name}: ${message}`);
  }

  #log(level: 'e' | 'w' | 'i', line: string): void {
    if (this.messages === undefined) this.kernel.log(line);
    else this.messages.push(`${level} ${line}`);
  }
}

const setFlags = new Map([
  ['dirsync', SB_DIRSYNC],
  ['lazytime', SB_LAZYTIME],
  ['mand', SB_MANDLOCK],
  ['ro', SB_RDONLY],
  ['sync', SB_SYNCHRONOUS],
]);

const clearFlags = new Map([
  ['async', SB_SYNCHRONOUS],
  ['nolazytime', SB_LAZYTIME],
  ['nomand', SB_MANDLOCK],
  ['rw', SB_RDONLY],
]);

/**
 * Takes one parameter: the words for every filesystem, then the filesystem's own, then `source`, once (vfs_parse_fs_param). Words
 * that mount(8) makes flags of the mount from, `noatime` and its like, are unknown here (R13).
 */
export function parseParameter(context: FsContext, operations: FsContextOperations, parameter: FsParameter): number {
  if (parseSuperblockFlag(context, parameter.key)) return 0;
  const answer = operations.parseParameter(context, parameter);
  if (answer !== NO_PARAMETER) return answer;
  if (parameter.key === 'source') return parseSource(context, parameter);
  return context.invalid(`Unknown parameter '${parameter.key}'`);
}

function parseSuperblockFlag(context: FsContext, key: string): boolean {
  const set = setFlags.get(key);
  const clear = clearFlags.get(key);
  if (set !== undefined) context.sbFlags |= set;
  else if (clear !== undefined) context.sbFlags &= ~clear;
  else return false;
  context.sbFlagsMask |= set ?? clear ?? 0;
  return true;
}

function parseSource(context: FsContext, parameter: FsParameter): number {
  if (parameter.type !== 'string') return context.invalidUnnamed('Non-string source');
  if (context.source !== undefined) return context.invalidUnnamed('Multiple sources');
  context.source = parameter.string;
  return 0;
}

/** The data of mount(2): `key` and `key=value` between commas (generic_parse_monolithic), or as the filesystem has it. */
export function parseMonolithic(context: FsContext, operations: FsContextOperations, data: string | undefined): number {
  if (operations.parseMonolithic !== undefined) return operations.parseMonolithic(context, data);
  return parseWords(context, operations, data === undefined ? [] : data.split(','));
}

/** Takes words `key` and `key=value`; empty ones and those that begin with `=` are skipped (R14). */
export function parseWords(context: FsContext, operations: FsContextOperations, words: readonly string[]): number {
  for (const word of words) {
    const equals = word.indexOf('=');
    if (word === '' || equals === 0) continue;
    const parameter: FsParameter =
      equals < 0
        ? { key: word, type: 'flag' }
        : { key: word.slice(0, equals), type: 'string', string: word.slice(equals + 1) };
    const answer = parseParameter(context, operations, parameter);
    if (answer < 0) return answer;
  }
  return 0;
}
