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
  memoryBytes: 16 * 2 ** 30,
};

/** The same kernel on a disk: what a Docker host usually has below /var/lib/docker. */
export const linux618Ext4: KernelProfile = on('ext4');

/** xfs made with ftype=0, which overlay refuses as an upper layer and Docker as a backing filesystem. */
export const linux618XfsWithoutFtype: KernelProfile = on('xfs-ftype0');

/** Docker's data root on nfs. */
export const linux618Nfs: KernelProfile = on('nfs');

/** Root of a user namespace on a recent kernel: overlay can be mounted with userxattr, devices cannot be made. */
export const linux618UserNamespace: KernelProfile = {
  ...linux618,
  name: 'linux-6.18-userns',
  inUserNamespace: true,
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
    linux618XfsWithoutFtype,
    linux618Nfs,
    linux618UserNamespace,
    linux419,
    linux419Aufs,
    linuxWithoutOverlay,
  ].map((profile) => [profile.name, profile]),
);
