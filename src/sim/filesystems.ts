import { AufsFilesystemType } from './aufs/type.ts';
import { memoryFilesystemTypes } from './memory/type.ts';
import { OverlayFilesystemType } from './overlay/type.ts';
import type { FilesystemType } from './vfs/filesystem-type.ts';

/** All filesystems that the simulator has code for, by the names that profiles give them. */
export const filesystemTypes: ReadonlyMap<string, FilesystemType> = new Map<string, FilesystemType>([
  ...memoryFilesystemTypes(),
  ['aufs', new AufsFilesystemType()],
  ['overlay', new OverlayFilesystemType()],
]);
