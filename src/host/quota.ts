/** A file's project, whose files are counted together (ioctl FS_IOC_FSGETXATTR). */
export interface Project {
  readonly id: number;
  /** Whether what is made in a directory belongs to its project (FS_XFLAG_PROJINHERIT). */
  readonly inherits: boolean;
}

/** What a project may use and uses, in blocks of 512 bytes. A limit of 0 is none. */
export interface ProjectQuota {
  readonly limit: number;
  readonly used: number;
}

/** The size of struct fsxattr (linux/fs.h), in bytes. */
export const fsxattrSize = 28;
const xflagsAt = 0;
const projidAt = 12;
const FS_XFLAG_PROJINHERIT = 0x200;

/** Reads the project out of a struct fsxattr. */
export function projectFrom(attributes: Uint8Array): Project {
  const view = viewOf(attributes);
  return {
    id: view.getUint32(projidAt, true),
    inherits: (view.getUint32(xflagsAt, true) & FS_XFLAG_PROJINHERIT) !== 0,
  };
}

/** Puts a project into a struct fsxattr, whose other fields stay. */
export function putProject(attributes: Uint8Array, { id, inherits }: Project): void {
  const view = viewOf(attributes);
  const others = view.getUint32(xflagsAt, true) & ~FS_XFLAG_PROJINHERIT;
  view.setUint32(xflagsAt, inherits ? others | FS_XFLAG_PROJINHERIT : others, true);
  view.setUint32(projidAt, id, true);
}

/** Commands of quotactl(2) for projects: QCMD(Q_XSETQLIM, PRJQUOTA) and QCMD(Q_XGETQUOTA, PRJQUOTA). */
export const QUOTA_SET_PROJECT = (0x5804 << 8) | 2;
export const QUOTA_GET_PROJECT = (0x5803 << 8) | 2;

/** The size of struct fs_disk_quota (linux/dqblk_xfs.h), in bytes. */
export const diskQuotaSize = 112;
const FS_DQUOT_VERSION = 1;
const FS_PROJ_QUOTA = 2;
const FS_DQ_BSOFT = 4;
const FS_DQ_BHARD = 8;
const hardLimitAt = 8;
const softLimitAt = 16;
const usedAt = 40;

/** A struct fs_disk_quota that sets both limits of a project, or says what it uses. */
export function diskQuota(id: number, { limit, used }: ProjectQuota): Uint8Array {
  const quota = new Uint8Array(diskQuotaSize);
  const view = viewOf(quota);
  view.setInt8(0, FS_DQUOT_VERSION);
  view.setInt8(1, FS_PROJ_QUOTA);
  view.setUint16(2, FS_DQ_BHARD | FS_DQ_BSOFT, true);
  view.setUint32(4, id, true);
  view.setBigUint64(hardLimitAt, BigInt(limit), true);
  view.setBigUint64(softLimitAt, BigInt(limit), true);
  view.setBigUint64(usedAt, BigInt(used), true);
  return quota;
}

/** Reads a struct fs_disk_quota. */
export function quotaFrom(quota: Uint8Array): ProjectQuota {
  const view = viewOf(quota);
  return { limit: Number(view.getBigUint64(hardLimitAt, true)), used: Number(view.getBigUint64(usedAt, true)) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
