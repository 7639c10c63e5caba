import type { FileType, Timestamp } from '../../../host/index.ts';

/** What a member of an archive can be; the words of FileType and `hardlink`. Sockets have no place in a tar. */
export type EntryType = Exclude<FileType, 'socket'> | 'hardlink';

/** One member of an archive, with all extension headers applied. Names are byte strings as the archive has them. */
export interface ArchiveEntry {
  readonly type: EntryType;
  readonly name: string;
  /** Target of a symlink or hard link, else ''. */
  readonly linkname: string;
  /** Permission bits with set-id and sticky (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content, holes counted; what the header says also for members that have no content. */
  readonly size: number;
  readonly mtime: Timestamp;
  /** Where the archive has one. */
  readonly atime: Timestamp | undefined;
  /** Of devices, else what the header says. */
  readonly devmajor: number;
  readonly devminor: number;
  /** Extended attributes by full name. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Whether content comes in pieces with holes between them. */
  readonly sparse: boolean;
  /** Where the member's first header begins, in bytes from the start of the archive. */
  readonly offset: number;
}

/** Types that have no content, whatever the header's size says. */
export function hasContent(type: EntryType): boolean {
  return type === 'file';
}

export const noXattrs: ReadonlyMap<string, Uint8Array> = new Map();
