/** Filesystem types as statfs(2) names them, with the names Docker's drivers print (`Backing Filesystem`). */
export const filesystemMagic = {
  aufs: 0x61756673,
  btrfs: 0x9123683e,
  cramfs: 0x28cd3d45,
  ecryptfs: 0xf15f,
  extfs: 0xef53,
  f2fs: 0xf2f52010,
  fuse: 0x65735546,
  gpfs: 0x47504653,
  jffs2: 0x72b6,
  jfs: 0x3153464a,
  nfs: 0x6969,
  overlayfs: 0x794c7630,
  ramfs: 0x858458f6,
  reiserfs: 0x52654973,
  smb: 0x517b,
  squashfs: 0x73717368,
  tmpfs: 0x01021994,
  vxfs: 0xa501fcf5,
  xfs: 0x58465342,
  zfs: 0x2fc12fc1,
} as const;

/** The name of a filesystem type whose magic number the table has. */
export type FilesystemName = keyof typeof filesystemMagic;

const names = new Map<number, FilesystemName>(
  (Object.entries(filesystemMagic) as [FilesystemName, number][]).map(([name, magic]) => [magic, name]),
);

/** The name of a magic number, or Docker's `<unknown>`. */
export function filesystemName(magic: number): FilesystemName | '<unknown>' {
  return names.get(magic) ?? '<unknown>';
}
