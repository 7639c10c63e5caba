import type { Timestamp } from '../../../host/index.ts';
import { hasContent, noXattrs, type ArchiveEntry, type EntryType } from './entry.ts';
import { Malformed } from '../errors.ts';
import type { Header } from './header.ts';
import { checkLimit, type ArchiveLimits } from '../limits.ts';
import { readDecimal } from './numeric.ts';
import { readPaxTime, said, xattrPrefix, type PaxRecords } from './pax.ts';

/** The extension headers before a member: PAX records, and GNU's long name and link target. */
export interface Extensions {
  pax?: PaxRecords;
  longName?: string;
  longLink?: string;
}

/** A member out of its header and the extension headers before it. @throws Malformed */
export function decodeEntry(
  header: Header,
  extensions: Extensions,
  offset: number,
  limits: ArchiveLimits,
): ArchiveEntry {
  const { pax } = extensions;
  // Where both say something, PAX wins, as POSIX has it (C9); a long name that is empty says nothing.
  const name = textOf(pax, 'path') ?? said(extensions.longName) ?? header.name;
  const linkname = textOf(pax, 'linkpath') ?? said(extensions.longLink) ?? header.linkname;
  checkLimit(limits, 'nameBytes', name.length, 'the name is too long');
  checkLimit(limits, 'nameBytes', linkname.length, 'the target of the link is too long');
  const type = typeOf(header.typeflag, name);
  const size = numberOf(pax, 'size') ?? header.size;
  if (hasContent(type) && Math.min(size, header.size) < 0) throw new Malformed('the size is negative');
  // A layer cannot set this time, but one that is none makes the header invalid.
  timeOf(pax, 'ctime');
  return {
    type,
    name,
    linkname,
    // Type bits that some writers put into the mode say nothing.
    mode: header.mode & 0o7777,
    uid: numberOf(pax, 'uid') ?? header.uid,
    gid: numberOf(pax, 'gid') ?? header.gid,
    size,
    mtime: timeOf(pax, 'mtime') ?? { sec: header.mtime, nsec: 0 },
    atime: timeOf(pax, 'atime') ?? (header.atime === undefined ? undefined : { sec: header.atime, nsec: 0 }),
    devmajor: header.devmajor,
    devminor: header.devminor,
    xattrs: pax === undefined ? noXattrs : xattrsOf(pax, limits),
    sparse: false,
    offset,
  };
}

/** Flag NUL is a directory where the name ends with a slash (v7); flag 0 is always a file (C8). */
function typeOf(flag: string, name: string): EntryType {
  switch (flag) {
    case '0':
    case '7':
    case 'S':
      return 'file';
    case '\0':
      return name.endsWith('/') ? 'directory' : 'file';
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '3':
      return 'character-device';
    case '4':
      return 'block-device';
    case '5':
      return 'directory';
    case '6':
      return 'fifo';
    default:
      throw new Malformed(`members of type ${JSON.stringify(flag)} are not supported`);
  }
}

function textOf(pax: PaxRecords | undefined, key: string): string | undefined {
  return said(pax?.get(key));
}

function numberOf(pax: PaxRecords | undefined, key: string): number | undefined {
  const value = textOf(pax, key);
  return value === undefined ? undefined : readDecimal(value);
}

function timeOf(pax: PaxRecords | undefined, key: string): Timestamp | undefined {
  const value = textOf(pax, key);
  return value === undefined ? undefined : readPaxTime(value);
}

/** The attributes; an empty value is a value (D8). */
function xattrsOf(pax: PaxRecords, limits: ArchiveLimits): ReadonlyMap<string, Uint8Array> {
  let xattrs: Map<string, Uint8Array> | undefined;
  for (const [key, value] of pax) {
    if (!key.startsWith(xattrPrefix)) continue;
    xattrs ??= new Map();
    checkLimit(limits, 'xattrBytes', value.length, 'the value of an extended attribute is too long');
    xattrs.set(key.slice(xattrPrefix.length), Buffer.from(value, 'latin1'));
    checkLimit(limits, 'xattrs', xattrs.size, 'too many extended attributes');
  }
  return xattrs ?? noXattrs;
}
