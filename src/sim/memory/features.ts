import { filesystemMagic } from '../../host/filesystem-magic.ts';
import { PATH_MAX } from '../../host/path.ts';

/** What a filesystem in memory offers: the differences between backing filesystems that a graph driver may meet. */
export interface Features {
  /** What mountinfo calls it, where that is not the name that profiles have for it. */
  readonly name?: string;
  readonly magic: number;
  /** FS_REQUIRES_DEV. */
  readonly requiresDevice: boolean;
  readonly userNamespaceMount: boolean;
  /** The namespaces of extended attributes, with their dots; none for a filesystem without. */
  readonly xattrs: readonly ('user.' | 'trusted.' | 'security.')[];
  readonly posixAcl: boolean;
  /** Whether getdents64 tells the type of an entry; else all are DT_UNKNOWN. */
  readonly directoryTypes: boolean;
  /** How file handles are written, where there are any that can be decoded. */
  readonly fileHandles: 'tmpfs' | 'inode32' | 'none';
  readonly tmpfile: boolean;
  /** The order in which getdents64 tells entries, by when they were made; of ext4, whose order is random, that without an index. */
  readonly entryOrder: 'newest-first' | 'oldest-first';
  /** Numbers of new inodes: ever higher, or the lowest that is free. */
  readonly inodeNumbers: 'rising' | 'lowest-free';
  /** Whether the link count of a directory tells how many there are in it; elsewhere it is 1. */
  readonly countsDirectories: boolean;
  /** Whether a directory that changes places with something in another directory has changed itself (RENAME_EXCHANGE). */
  readonly exchangeChangesDirectories: boolean;
  /** The longest target of a symlink in bytes, beyond which it is ENAMETOOLONG. */
  readonly longestSymlink: number;
  /** How much fits into an extended attribute, beyond which it is ENOSPC; nothing where only the kernel limits it. */
  readonly xattrLimit: XattrLimit | undefined;
  /** The RENAME_* flags that rename knows. */
  readonly renameFlags: readonly ('noreplace' | 'exchange' | 'whiteout')[];
  /** The most links to an inode, 0 for no limit. */
  readonly maxLinks: number;
  /** FICLONE shares bytes; elsewhere it is EOPNOTSUPP. */
  readonly reflink: boolean;
  /** st_size of a directory, in bytes: of each entry with `.` and `..`, or of all of it. */
  readonly directorySize: { readonly entry: number } | { readonly fixed: number };
  /** Mode of the root directory of a fresh filesystem. */
  readonly rootMode: number;
  /** Whether it takes tmpfs's options and shows them. */
  readonly sizeOptions: boolean;
  /** Whether its names may change behind the kernel's back, which overlay trusts less. */
  readonly remote: boolean;
  /** Whether it has a UUID in the handles of overlay and in statfs's fsid. */
  readonly uuid: boolean;
  /**
   * Project ids of files: `none` has them not at all, `ids` keeps them, the others count and limit what they use as well
   * (mounted with prjquota). Over the limit the VFS's own quotas are EDQUOT, and nothing to who has CAP_SYS_RESOURCE
   * (ignore_hardlimit in fs/quota/dquot.c); those of xfs are ENOSPC for everybody (xfs_trans_dqresv).
   */
  readonly projects: 'none' | 'ids' | 'quotas' | 'xfs-quotas';
  /** The largest size of a file in bytes. */
  readonly maxBytes: number;
}

/** The most bytes that name and value of one attribute may have, each rounded up to `align`. */
export interface XattrLimit {
  readonly bytes: number;
  readonly align: number;
  /** Whether the namespace counts, or has been made a number. */
  readonly name: 'whole' | 'without-namespace';
}

const longFiles = 2 ** 63;

/** tmpfs of Linux 6.18, the one that is compared with a real kernel call by call. */
const tmpfs: Features = {
  magic: filesystemMagic.tmpfs,
  requiresDevice: false,
  userNamespaceMount: true,
  xattrs: ['user.', 'trusted.', 'security.'],
  posixAcl: true,
  directoryTypes: true,
  fileHandles: 'tmpfs',
  tmpfile: true,
  entryOrder: 'newest-first',
  inodeNumbers: 'rising',
  countsDirectories: true,
  exchangeChangesDirectories: false,
  longestSymlink: PATH_MAX - 1,
  xattrLimit: undefined,
  renameFlags: ['noreplace', 'exchange', 'whiteout'],
  maxLinks: 0,
  reflink: false,
  directorySize: { entry: 20 },
  rootMode: 0o1777,
  sizeOptions: true,
  remote: false,
  uuid: true,
  projects: 'none',
  maxBytes: longFiles,
};

/** What filesystems on a disk have in common. */
const disk: Features = {
  ...tmpfs,
  requiresDevice: true,
  userNamespaceMount: false,
  fileHandles: 'inode32',
  entryOrder: 'oldest-first',
  directorySize: { fixed: 4096 },
  rootMode: 0o755,
  sizeOptions: false,
};

/** With blocks of 4096 bytes; what would fit into the inode besides is not counted. */
const ext4: Features = {
  ...disk,
  name: 'ext4',
  magic: filesystemMagic.extfs,
  inodeNumbers: 'lowest-free',
  xattrLimit: { bytes: 4044, align: 4, name: 'without-namespace' },
  maxLinks: 65_000,
  maxBytes: 2 ** 44 - 4096,
};

const xfs: Features = {
  ...disk,
  magic: filesystemMagic.xfs,
  exchangeChangesDirectories: true,
  longestSymlink: 1023,
  maxLinks: 2 ** 31 - 1,
  reflink: true,
  directorySize: { entry: 3 },
  projects: 'ids',
};

/**
 * The filesystems that the simulator keeps in memory. But for tmpfs they stand for what a driver's probes see of a backing
 * filesystem (magic number, d_type, extended attributes, handles, O_TMPFILE, RENAME_WHITEOUT, link limits), and what traces
 * of overlays tell of it; block counts and the space that names and attributes take are tmpfs's.
 */
export const memoryFilesystems: Readonly<Record<string, Features>> = {
  tmpfs,
  ramfs: {
    ...tmpfs,
    magic: filesystemMagic.ramfs,
    userNamespaceMount: false,
    xattrs: [],
    posixAcl: false,
    fileHandles: 'none',
    renameFlags: ['noreplace', 'exchange'],
    directorySize: { entry: 0 },
    rootMode: 0o755,
    uuid: false,
  },
  ext4,
  xfs,
  /** xfs mounted with pquota, and ext4 made with the features quota and project and mounted with prjquota. */
  'xfs-pquota': { ...xfs, name: 'xfs', projects: 'xfs-quotas' },
  'ext4-prjquota': { ...ext4, projects: 'quotas' },
  /** xfs made with ftype=0: no d_type, no whiteouts by rename, and so no upper layer for overlay. */
  'xfs-ftype0': {
    ...xfs,
    name: 'xfs',
    reflink: false,
    projects: 'none',
    directoryTypes: false,
    renameFlags: ['noreplace', 'exchange'],
  },
  btrfs: {
    ...disk,
    magic: filesystemMagic.btrfs,
    countsDirectories: false,
    xattrLimit: { bytes: 16_228, align: 1, name: 'whole' },
    maxLinks: 65_535,
    reflink: true,
    directorySize: { entry: 10 },
  },
  /** nfs as a layer sees it: handles that cannot be decoded here, no O_TMPFILE, no RENAME_*, no trusted attributes. */
  nfs: {
    ...disk,
    magic: filesystemMagic.nfs,
    requiresDevice: false,
    xattrs: ['user.'],
    posixAcl: false,
    fileHandles: 'none',
    tmpfile: false,
    renameFlags: [],
    remote: true,
    uuid: false,
  },
  fuse: {
    ...disk,
    magic: filesystemMagic.fuse,
    requiresDevice: false,
    xattrs: ['user.', 'security.'],
    posixAcl: false,
    fileHandles: 'none',
    tmpfile: false,
    renameFlags: ['noreplace', 'exchange'],
    remote: true,
    uuid: false,
  },
  /** zfs before OpenZFS 2.2: names that are looked up anew each time, and none of the flags of rename. */
  zfs: { ...disk, magic: filesystemMagic.zfs, renameFlags: [], remote: true, directorySize: { entry: 1 } },
  /** A disk filesystem without extended attributes, as vfat or an ext4 with nouser_xattr would be to overlay. */
  'ext4-noxattr': { ...ext4, xattrs: [], posixAcl: false },
};
