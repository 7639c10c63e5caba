import type { Timestamp } from '../../host/stat.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { IdMap } from '../vfs/id-map.ts';
import type { KernelProfile } from '../vfs/kernel.ts';
import type { SavedValue } from '../vfs/snapshot.ts';

/**
 * A machine as plain data. Objects refer to each other by their index in the lists here. Bytes may be shared with a machine
 * that lives: nobody may change them.
 */
export interface SavedMachine {
  readonly format: typeof savedFormat;
  readonly profile: KernelProfile;
  readonly clock: Timestamp;
  readonly callNs: number;
  readonly granularityNs: number;
  readonly random: readonly number[];
  readonly bootId: string;
  readonly counters: { readonly superblock: number; readonly pid: number };
  readonly dmesg: readonly string[];
  readonly userNamespaces: readonly SavedUserNamespace[];
  readonly mountNamespaces: readonly SavedMountNamespace[];
  /** In order of creation. */
  readonly superblocks: readonly SavedSuperblock[];
  readonly dentries: readonly SavedDentry[];
  readonly mounts: readonly SavedMount[];
  readonly files: readonly SavedFile[];
  readonly processes: readonly SavedProcess[];
}

export const savedFormat = 'graphdriver simulated machine 2';

export interface SavedUserNamespace {
  /** Null for the first one, number 0. */
  readonly parent: number | null;
  readonly uids: IdMap;
  readonly gids: IdMap;
}

export interface SavedMountNamespace {
  readonly id: number;
  readonly userNamespace: number;
  readonly anonymous: boolean;
}

export interface SavedSuperblock {
  /** The name of its type in the machine. */
  readonly type: string;
  readonly id: number;
  readonly dev: number;
  readonly userNamespace: number;
  readonly data: SavedValue;
}

export interface SavedDentry {
  readonly superblock: number;
  /** `null` for a dentry without a parent: the root, or a disconnected one. */
  readonly parent: number | null;
  readonly name: string;
  /** The inode's id in its superblock. */
  readonly inode: number | null;
  readonly hashed: boolean;
  readonly data?: SavedValue;
}

export interface SavedMount {
  readonly id: number;
  readonly root: number;
  readonly flags: number;
  readonly source: string;
  /** Mount and dentry that it lies on. */
  readonly on: readonly [number, number] | null;
  readonly namespace: number | null;
  readonly locked: boolean;
  /** `undefined` is none, as in what was saved before there were any. */
  readonly lockedFlags: number | undefined;
  readonly unbindable: boolean;
  readonly expiring: boolean;
  readonly holds: number;
}

export interface SavedPath {
  readonly mount: number;
  readonly dentry: number;
}

export interface SavedFile {
  /** `null` for the descriptor of a mount that is being described (fsopen, fspick). */
  readonly path: SavedPath | null;
  readonly flags: number;
  readonly pos: number;
  readonly cred: SavedCredentials;
  readonly dissolvesMount: boolean;
  readonly lock: number;
  readonly data?: SavedValue;
}

export type SavedCredentials = Omit<Credentials, 'userNamespace'> & { readonly userNamespace: number };

export interface SavedProcess {
  readonly pid: number;
  readonly cred: SavedCredentials;
  readonly mask: number;
  readonly root: SavedPath;
  readonly cwd: SavedPath;
  readonly namespace: number;
  readonly descriptors: readonly (readonly [number, number])[];
}
