import { AT_FDCWD, S_IFBLK, S_IFMT } from '../../host/constants.ts';
import { errno } from '../../host/errno.ts';
import {
  diskQuota,
  diskQuotaSize,
  fsxattrSize,
  projectFrom,
  putProject,
  quotaFrom,
  QUOTA_GET_PROJECT,
  QUOTA_SET_PROJECT,
} from '../../host/quota.ts';
import { Stat, statBuffer } from '../../host/stat.ts';
import { MemoryInode } from '../memory/inode.ts';
import { MemorySuperblock } from '../memory/superblock.ts';
import { CAP_SYS_ADMIN, capable } from '../vfs/credentials.ts';
import { ownerOrCapable } from '../vfs/permission.ts';
import type { Process } from './process.ts';

/** ioctl(FS_IOC_FSGETXATTR) of files in memory; of struct fsxattr the simulator has the project alone. */
export function fsgetxattr(process: Process, fd: number, attributes: Uint8Array): number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  if (!(file.inode instanceof MemoryInode)) return -errno.ENOTTY;
  if (attributes.length < fsxattrSize) return -errno.EOVERFLOW;
  attributes.fill(0, 0, fsxattrSize);
  putProject(attributes, file.inode.project);
  return 0;
}

/** ioctl(FS_IOC_FSSETXATTR); only the first user namespace may move files to other projects (fileattr_set_prepare). */
export function fssetxattr(process: Process, fd: number, attributes: Uint8Array): number {
  const { cred } = process;
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  const { inode } = file;
  if (!(inode instanceof MemoryInode)) return -errno.ENOTTY;
  if (attributes.length < fsxattrSize) return -errno.EOVERFLOW;
  if (!ownerOrCapable(cred, inode)) return -errno.EPERM;
  const project = projectFrom(attributes);
  const changes = project.id !== inode.project.id || project.inherits !== inode.project.inherits;
  if (changes && cred.userNamespace.parent !== undefined) return -errno.EINVAL;
  return inode.setProject(project);
}

/** quotactl(2), of which the simulator has reading and setting the limits of projects. */
export function quotactl(
  process: Process,
  command: number,
  device: string,
  project: number,
  quota: Uint8Array,
): number {
  if (!process.machine.profile.quotas) return -errno.ENOSYS;
  const out = statBuffer();
  const answer = process.fstatat(AT_FDCWD, device, out, 0);
  if (answer < 0) return answer;
  const { mode, rdev } = new Stat(out);
  if ((mode & S_IFMT) !== S_IFBLK) return -errno.ENOTBLK;
  const sb = process.machine.mounts.superblocks.find(({ dev }) => dev === rdev);
  if (!(sb instanceof MemorySuperblock)) return -errno.ENODEV;
  if (command !== QUOTA_SET_PROJECT && command !== QUOTA_GET_PROJECT) return -errno.EINVAL;
  if (!capable(process.cred, CAP_SYS_ADMIN)) return -errno.EPERM;
  if (!hasQuotas(sb)) return -errno.ESRCH;
  if (quota.length < diskQuotaSize) return -errno.EOVERFLOW;
  const sectors = sb.blockSize / 512;
  if (command === QUOTA_SET_PROJECT) {
    // xfs counts in its own blocks, of which it grants the last one in full; the VFS's quotas count bytes.
    const blocks = quotaFrom(quota).limit / sectors;
    sb.quotas.setLimit(project, sb.features.projects === 'xfs-quotas' ? Math.ceil(blocks) : blocks);
  } else {
    const [limit, used] = [sb.quotas.limit(project) * sectors, sb.quotas.used(project) * sectors];
    quota.set(diskQuota(project, { limit, used }));
  }
  return 0;
}

function hasQuotas({ features: { projects } }: MemorySuperblock): boolean {
  return projects === 'quotas' || projects === 'xfs-quotas';
}
