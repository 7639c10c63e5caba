/** Linux error numbers by name, with the text of strerror(3). */
const table = {
  EPERM: [1, 'operation not permitted'],
  ENOENT: [2, 'no such file or directory'],
  ESRCH: [3, 'no such process'],
  EINTR: [4, 'interrupted system call'],
  EIO: [5, 'input/output error'],
  ENXIO: [6, 'no such device or address'],
  E2BIG: [7, 'argument list too long'],
  EBADF: [9, 'bad file descriptor'],
  EAGAIN: [11, 'resource temporarily unavailable'],
  ENOMEM: [12, 'cannot allocate memory'],
  EACCES: [13, 'permission denied'],
  EFAULT: [14, 'bad address'],
  ENOTBLK: [15, 'block device required'],
  EBUSY: [16, 'device or resource busy'],
  EEXIST: [17, 'file exists'],
  EXDEV: [18, 'invalid cross-device link'],
  ENODEV: [19, 'no such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'is a directory'],
  EINVAL: [22, 'invalid argument'],
  ENFILE: [23, 'too many open files in system'],
  EMFILE: [24, 'too many open files'],
  ENOTTY: [25, 'inappropriate ioctl for device'],
  ETXTBSY: [26, 'text file busy'],
  EFBIG: [27, 'file too large'],
  ENOSPC: [28, 'no space left on device'],
  ESPIPE: [29, 'illegal seek'],
  EROFS: [30, 'read-only file system'],
  EMLINK: [31, 'too many links'],
  EPIPE: [32, 'broken pipe'],
  ERANGE: [34, 'numerical result out of range'],
  EDEADLK: [35, 'resource deadlock avoided'],
  ENAMETOOLONG: [36, 'file name too long'],
  ENOSYS: [38, 'function not implemented'],
  ENOTEMPTY: [39, 'directory not empty'],
  ELOOP: [40, 'too many levels of symbolic links'],
  ENODATA: [61, 'no data available'],
  EREMOTE: [66, 'object is remote'],
  EOVERFLOW: [75, 'value too large for defined data type'],
  EILSEQ: [84, 'invalid or incomplete multibyte or wide character'],
  EUSERS: [87, 'too many users'],
  EMSGSIZE: [90, 'message too long'],
  EOPNOTSUPP: [95, 'operation not supported'],
  ESTALE: [116, 'stale file handle'],
  EDQUOT: [122, 'disk quota exceeded'],
} as const satisfies Record<string, readonly [number, string]>;

/** The name of a Linux error, for instance `ENOENT`. */
export type ErrorCode = keyof typeof table;

/** Error number by name: `errno.ENOENT` is 2. A failed system call answers the negative of it. */
export const errno = Object.freeze(
  Object.fromEntries(Object.entries(table).map(([name, [number]]) => [name, number])),
) as { readonly [Code in ErrorCode]: (typeof table)[Code][0] };

const nameOf = new Map<number, ErrorCode>(
  (Object.entries(table) as [ErrorCode, readonly [number, string]][]).map(([name, [number]]) => [number, name]),
);

/** The name of an error number, or `undefined` where the table has none. */
export function errorCode(number: number): ErrorCode | undefined {
  return nameOf.get(number);
}

/** The text of an error as strerror(3) has it, in lower case as Docker prints it. */
export function errorText(code: ErrorCode): string {
  return table[code][1];
}
