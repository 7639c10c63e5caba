import type { OpenFlag, RenameFlag } from '../names.ts';
import type { InputBlob } from '../records.ts';

/** What the operations of a random trace draw from. What comes more than once is drawn more often. */

type Ids = readonly [uid: number, gid: number];

export const dirModes: readonly number[] = [0o755, 0o755, 0o777, 0o700, 0o1777, 0o2755];
export const chmodModes: readonly number[] = [0o644, 0o755, 0o600, 0o777, 0, 0o2755, 0o4755, 0o1777];
export const owners: readonly Ids[] = [
  [1000, 1000],
  [0, 0],
  [1001, -1],
  [-1, 1000],
];
/** Ids that operations are made with now and then, in place of root's. */
export const others: readonly Ids[] = [
  [1000, 1000],
  [1001, 1001],
  [1001, 1000],
];

export const existingFlags: readonly (readonly OpenFlag[])[] = [
  ['O_RDONLY'],
  ['O_RDONLY'],
  ['O_RDONLY'],
  ['O_RDWR'],
  ['O_RDWR'],
  ['O_WRONLY'],
  ['O_WRONLY', 'O_APPEND'],
  ['O_WRONLY', 'O_TRUNC'],
  ['O_RDONLY', 'O_DIRECTORY'],
  ['O_RDONLY', 'O_NOFOLLOW'],
  ['O_RDONLY', 'O_TRUNC'],
  ['O_RDWR', 'O_APPEND'],
  ['O_RDWR', 'O_TRUNC'],
];
export const newFlags: readonly (readonly OpenFlag[])[] = [
  ['O_WRONLY', 'O_CREAT'],
  ['O_WRONLY', 'O_CREAT'],
  ['O_WRONLY', 'O_CREAT', 'O_EXCL'],
  ['O_WRONLY', 'O_CREAT', 'O_TRUNC'],
  ['O_RDWR', 'O_CREAT'],
  ['O_RDWR', 'O_CREAT', 'O_EXCL'],
  ['O_RDWR', 'O_CREAT', 'O_APPEND', 'O_TRUNC'],
];
export const renameFlags: readonly (readonly RenameFlag[])[] = [
  ['NOREPLACE'],
  ['EXCHANGE'],
  ['EXCHANGE'],
  ['WHITEOUT'],
  ['NOREPLACE', 'EXCHANGE'],
  ['NOREPLACE', 'WHITEOUT'],
  ['EXCHANGE', 'WHITEOUT'],
];

/** More than most files of a trace hold. */
export const readLength = 300;
/** What follows the beginning of what is written, in bytes. */
export const paddings: readonly number[] = [0, 0, 0, 60, 60, 5000];
/** Where files are cut or extended to. */
export const lengths: readonly number[] = [0, 5, 5, 100, 4096, 10_000];
export const positions: readonly { readonly off: number; readonly whence: number }[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((off) => ({ off, whence: 0 })),
  ...[0, 3].map((off) => ({ off, whence: 1 })),
  ...[0, 4000, -3].map((off) => ({ off, whence: 2 })),
  // SEEK_DATA and SEEK_HOLE.
  ...[0, 10, 4096].flatMap((off) => [3, 4].map((whence) => ({ off, whence }))),
];

export const attributes: readonly string[] = [
  ...['user.k1', 'user.k1', 'user.k1', 'user.k2', 'user.k2', 'user.k2', 'trusted.k3', 'trusted.k3', 'trusted.k3'],
  ...['security.k4', 'bogus.x', 'system.posix_acl_access', 'system.posix_acl_default'],
  ...['trusted.overlay.opaque', 'trusted.overlay.foo', 'trusted.overlay.redirect', 'trusted.overlay.overlay.foo'],
  ...['trusted.overlayx', 'trusted.overlay.overlay.overlay.foo', 'user.overlay.opaque', 'user.overlay.overlay.foo'],
];
/** Values that are more than a word: an ACL that names a user, empty, not text, longer than a dump shows. */
export const values: readonly InputBlob[] = [
  { hex: '0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000000ffffffff' },
  { hex: '0200000001000700ffffffff04000500ffffffff20000000ffffffff' },
  '',
  { hex: '00ff10' },
  'v'.repeat(300),
];

export const nodes = [
  ['fifo', [0, 0]],
  ['sock', [0, 0]],
  ['chr', [1, 3]],
  ['chr', [0, 0]],
  ['blk', [7, 9]],
  ['reg', [0, 0]],
] as const;
