import type { FilesystemEntry, KernelProfile } from '../vfs/kernel.ts';

function nodev(name: string): FilesystemEntry {
  return { name, nodev: true };
}

function onDevice(name: string): FilesystemEntry {
  return { name, nodev: false };
}

/**
 * The kernel that the recorded traces come from (Linux 6.18, CONFIG_OVERLAY_FS_REDIRECT_ALWAYS_FOLLOW=y, the other overlay
 * defaults off), with a tmpfs as its root.
 */
export const linux618: KernelProfile = {
  name: 'linux-6.18',
  release: '6.18.44',
  pageSize: 4096,
  protectedHardlinks: true,
  protectedSymlinks: false,
  protectedRegular: 0,
  protectedFifos: 0,
  inUserNamespace: false,
  moduleParameters: {
    overlay: {
      check_copy_up: 'N',
      index: 'N',
      metacopy: 'N',
      nfs_export: 'N',
      redirect_always_follow: 'Y',
      redirect_dir: 'N',
      redirect_max: '256',
      xino_auto: 'N',
    },
  },
  filesystems: [
    ...['sysfs', 'tmpfs', 'proc', 'cgroup', 'cgroup2', 'devtmpfs', 'securityfs', 'ramfs', 'devpts'].map(nodev),
    onDevice('ext4'),
    ...['fuse', 'overlay'].map(nodev),
    ...['xfs', 'btrfs'].map(onDevice),
  ],
  rootFilesystem: { type: 'tmpfs', options: 'mode=755' },
  newMountApi: true,
  quotas: false,
  memoryBytes: 16 * 2 ** 30,
};

/** The same kernel on a disk: what a Docker host usually has below /var/lib/docker. */
export const linux618Ext4: KernelProfile = on('ext4');

/** A kernel with quotas, on a disk that is mounted with those of projects. */
export const linux618XfsQuotas: KernelProfile = { ...on('xfs-pquota'), quotas: true };
export const linux618Ext4Quotas: KernelProfile = { ...on('ext4-prjquota'), quotas: true };

/** xfs made with ftype=0, which overlay refuses as an upper layer and Docker as a backing filesystem. */
export const linux618XfsWithoutFtype: KernelProfile = on('xfs-ftype0');

/** Docker's data root on btrfs. */
export const linux618Btrfs: KernelProfile = on('btrfs');

/** Docker's data root on nfs. */
export const linux618Nfs: KernelProfile = on('nfs');

/** Root of a user namespace on a recent kernel: overlay can be mounted with userxattr, devices cannot be made. */
export const linux618UserNamespace: KernelProfile = {
  ...linux618,
  name: 'linux-6.18-userns',
  inUserNamespace: true,
};

/**
 * A kernel with the new mount API (5.2) that does not take overlay's layers one by one (6.7). To a driver that is as if it did
 * not have that API, and so the simulator says.
 */
export const linux510: KernelProfile = {
  ...linux618Ext4,
  name: 'linux-5.10',
  release: '5.10.0',
  newMountApi: false,
};

/** The same with Docker's data root on zfs, a module of its own. */
export const linux510Zfs: KernelProfile = {
  ...linux510,
  name: 'linux-5.10-zfs',
  filesystems: [...linux510.filesystems, onDevice('zfs')],
  rootFilesystem: { type: 'zfs', options: '' },
};

/** A kernel of the time when Docker's overlay2 became the default: no new mount API, one page of mount options. */
export const linux419: KernelProfile = {
  ...linux618Ext4,
  name: 'linux-4.19',
  release: '4.19.0',
  newMountApi: false,
};

/** The same kernel with the aufs patch, as Debian and Ubuntu shipped it while Docker used aufs. */
export const linux419Aufs: KernelProfile = {
  ...linux419,
  name: 'linux-4.19-aufs',
  filesystems: [...linux419.filesystems, nodev('aufs')],
};

/** The first kernel whose overlay has several lower layers, without any of the parameters that came later. */
export const linux40: KernelProfile = { ...linux419, name: 'linux-4.0', release: '4.0.0', moduleParameters: {} };

/** A kernel before overlayfs (3.18). */
export const linux310: KernelProfile = {
  ...linux40,
  name: 'linux-3.10',
  release: '3.10.0',
  filesystems: linux40.filesystems.filter(({ name }) => name !== 'overlay'),
};

/** A kernel without overlayfs. */
export const linuxWithoutOverlay: KernelProfile = {
  ...linux618Ext4,
  name: 'linux-without-overlay',
  filesystems: linux618.filesystems.filter(({ name }) => name !== 'overlay'),
};

function on(type: string): KernelProfile {
  return { ...linux618, name: `linux-6.18-${type}`, rootFilesystem: { type, options: '' } };
}

/** All profiles by name. */
export const profiles: Readonly<Record<string, KernelProfile>> = Object.fromEntries(
  [
    linux618,
    linux618Ext4,
    linux618XfsQuotas,
    linux618Ext4Quotas,
    linux618XfsWithoutFtype,
    linux618Btrfs,
    linux618Nfs,
    linux618UserNamespace,
    linux510,
    linux510Zfs,
    linux419,
    linux419Aufs,
    linux40,
    linux310,
    linuxWithoutOverlay,
  ].map((profile) => [profile.name, profile]),
);
