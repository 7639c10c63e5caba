import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errno } from '../../../src/host/errno.ts';
import type { Binding } from '../../../src/host/linux/binding.ts';
import { realBinding, whyNoHost } from './real-host.ts';

type Kind = 'int' | 'long' | 'path' | 'optional' | 'bytes' | 'numbers';

/** What each function of the addon takes. */
const signatures = {
  openat2: ['int', 'path', 'int', 'int', 'int'],
  openat: ['int', 'path', 'int', 'int'],
  close: ['int'],
  dup: ['int'],
  read: ['int', 'bytes'],
  pread: ['int', 'bytes', 'long'],
  write: ['int', 'bytes'],
  pwrite: ['int', 'bytes', 'long'],
  lseek: ['int', 'long', 'int'],
  getdents64: ['int', 'bytes'],
  ftruncate: ['int', 'long'],
  fallocate: ['int', 'int', 'long', 'long'],
  copy_file_range: ['int', 'long', 'int', 'long', 'long'],
  ficlone: ['int', 'int'],
  fsgetxattr: ['int', 'bytes'],
  fssetxattr: ['int', 'bytes'],
  quotactl: ['int', 'optional', 'int', 'bytes'],
  fsync: ['int'],
  fdatasync: ['int'],
  syncfs: ['int'],
  flock: ['int', 'int'],
  fchmod: ['int', 'int'],
  fchown: ['int', 'int', 'int'],
  fstatat: ['int', 'path', 'numbers', 'int'],
  statfs: ['path', 'numbers'],
  fstatfs: ['int', 'numbers'],
  faccessat: ['int', 'path', 'int'],
  faccessat2: ['int', 'path', 'int', 'int'],
  mkdirat: ['int', 'path', 'int'],
  mknodat: ['int', 'path', 'int', 'int'],
  symlinkat: ['path', 'int', 'path'],
  linkat: ['int', 'path', 'int', 'path', 'int'],
  unlinkat: ['int', 'path', 'int'],
  renameat2: ['int', 'path', 'int', 'path', 'int'],
  readlinkat: ['int', 'path'],
  fchmodat: ['int', 'path', 'int'],
  fchmodat2: ['int', 'path', 'int', 'int'],
  fchownat: ['int', 'path', 'int', 'int', 'int'],
  utimensat: ['int', 'optional', 'long', 'long', 'long', 'long', 'int'],
  truncate: ['path', 'long'],
  name_to_handle_at: ['int', 'path', 'bytes', 'int'],
  getxattr: ['path', 'path', 'bytes'],
  lgetxattr: ['path', 'path', 'bytes'],
  fgetxattr: ['int', 'path', 'bytes'],
  getxattrat: ['int', 'path', 'int', 'path', 'bytes'],
  setxattr: ['path', 'path', 'bytes', 'int'],
  lsetxattr: ['path', 'path', 'bytes', 'int'],
  fsetxattr: ['int', 'path', 'bytes', 'int'],
  setxattrat: ['int', 'path', 'int', 'path', 'bytes', 'int'],
  listxattr: ['path', 'bytes'],
  llistxattr: ['path', 'bytes'],
  flistxattr: ['int', 'bytes'],
  listxattrat: ['int', 'path', 'int', 'bytes'],
  removexattr: ['path', 'path'],
  lremovexattr: ['path', 'path'],
  fremovexattr: ['int', 'path'],
  removexattrat: ['int', 'path', 'int', 'path'],
  mount: ['optional', 'path', 'optional', 'int', 'optional'],
  mountFrom: ['path', 'path', 'path', 'path', 'int', 'optional'],
  umount2: ['path', 'int'],
  fsopen: ['path', 'int'],
  fspick: ['int', 'path', 'int'],
  fsconfig: ['int', 'int', 'optional', 'optional', 'int'],
  fsmount: ['int', 'int', 'int'],
  move_mount: ['int', 'path', 'int', 'path', 'int'],
  open_tree: ['int', 'path', 'int'],
  getcwd: [],
  chdir: ['path'],
  fchdir: ['int'],
  chroot: ['path'],
  umask: ['int'],
  unshare: ['int'],
  getuid: [],
  geteuid: [],
  getgid: [],
  getegid: [],
  setresuid: ['int', 'int', 'int'],
  setresgid: ['int', 'int', 'int'],
  setgroups: ['bytes'],
  clock_gettime: ['numbers'],
  getrandom: ['bytes', 'int'],
  pageSize: [],
} as const satisfies Record<keyof Binding, readonly Kind[]>;

type AddonFunction = (...values: readonly unknown[]) => unknown;

function addonFunction(name: string): AddonFunction {
  const candidate: unknown = Reflect.get(realBinding(), name);
  if (typeof candidate !== 'function') throw new Error(`the addon has no ${name}`);
  return candidate as AddonFunction;
}

const takers = (Object.entries(signatures) as [keyof Binding, readonly Kind[]][]).filter(
  ([, kinds]) => kinds.length > 0,
);
/** Functions that fail for such values as `odd` has: they need a path or a descriptor. (flock accepts obsolete operations.) */
const harmless = takers.filter(
  ([name]) =>
    !['umask', 'unshare', 'setresuid', 'setresgid', 'setgroups', 'fsopen', 'flock', 'clock_gettime'].includes(name),
);

/** Values that are right, and lead nowhere: descriptors that cannot be open, paths where nothing is nor can be made. */
const odd: Record<Kind, fc.Arbitrary<unknown>> = {
  int: fc.oneof(fc.integer({ min: 0x7fff0000, max: 0xffffffff }), fc.integer({ min: -0x80000000, max: -101 })),
  long: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -0, 2 ** 32, -(2 ** 31), Number.MAX_SAFE_INTEGER)),
  path: nowhere(),
  optional: fc.option(nowhere(), { nil: undefined }),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((array) => array.subarray(array.length >> 1)),
    fc.integer({ min: 0, max: 300 }).map((length) => Buffer.alloc(length)),
  ),
  numbers: fc.integer({ min: 16, max: 40 }).map((length) => new Float64Array(length)),
};

/** Byte strings and strings that are none, short and very long, below a name that /proc does not have. */
function nowhere(): fc.Arbitrary<string> {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const units = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  const long = fc.constantFrom(4095, 4096, 4097, 65535, 65536, 65537, 200_000).map((length) => 'a'.repeat(length));
  return fc.oneof(bytes, units, long).map((tail) => `/proc/none/${tail}`);
}

const notANumber = [undefined, null, '1', {}, [], 1n, Symbol('1'), NaN, Infinity, 0.5, 2 ** 32, -(2 ** 31) - 1];
const wrong: Record<Kind, readonly unknown[]> = {
  int: notANumber,
  long: [undefined, null, '1', {}, 1n, NaN, -Infinity, 0.5, 2 ** 53, -(2 ** 60)],
  path: [undefined, null, 1, {}, [], Buffer.from('/'), Symbol('/'), Object('/')],
  optional: [null, 1, {}, Buffer.from('/')],
  bytes: [undefined, null, '', [], new ArrayBuffer(8), new Uint16Array(4), new DataView(new ArrayBuffer(8)), {}],
  numbers: [undefined, null, [], new Float32Array(16), new Uint8Array(128), new Float64Array(1), new ArrayBuffer(128)],
};

describe.skipIf(whyNoHost !== undefined)('the arguments of the addon', () => {
  it('are those of the interface', () => {
    expect(Object.keys(realBinding()).sort()).toEqual(Object.keys(signatures).sort());
  });

  it('of a wrong type, or missing, are a TypeError and no system call', () => {
    const call = fc
      .constantFrom(...takers)
      .chain(([name, kinds]) => fc.tuple(fc.constant(name), fc.nat(kinds.length - 1), fc.constant(kinds)))
      .chain(([name, position, kinds]) => {
        const values = kinds.map((kind, at) => (at === position ? fc.constantFrom(...wrong[kind]) : odd[kind]));
        return fc.tuple(fc.constant(name), fc.tuple(...values));
      });
    fc.assert(
      fc.property(call, ([name, values]) => {
        expect(() => addonFunction(name)(...values)).toThrow(TypeError);
        expect(() => addonFunction(name)()).toThrow(TypeError);
      }),
      { numRuns: 3000 },
    );
  });

  it('that are odd but of the right type are answered, with an errno', () => {
    const call = fc
      .constantFrom(...harmless)
      .chain(([name, kinds]) => fc.tuple(fc.constant(name), fc.tuple(...kinds.map((kind) => odd[kind]))));
    fc.assert(
      fc.property(call, ([name, values]) => {
        expect(addonFunction(name)(...values)).toBeLessThan(0);
      }),
      { numRuns: 3000 },
    );
  });

  it('may be strings of bytes only: NUL and anything above 0xFF is EINVAL', () => {
    const bad = fc
      .tuple(fc.string({ maxLength: 60 }), fc.oneof(fc.constant(0), fc.integer({ min: 0x100, max: 0xffff })))
      .map(([text, code]) => `/proc/none/${text}${String.fromCharCode(code)}`);
    fc.assert(
      fc.property(bad, (path) => {
        expect(realBinding().unlinkat(-1, path, 0)).toBe(-errno.EINVAL);
        expect(realBinding().symlinkat(path, -1, '/proc/none/x')).toBe(-errno.EINVAL);
        expect(realBinding().lgetxattr('/', path, new Uint8Array(1))).toBe(-errno.EINVAL);
      }),
    );
  });

  it('may be buffers whose memory is gone', () => {
    const buffer = new Uint8Array(4096);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    expect(realBinding().read(-1, buffer)).toBe(-errno.EBADF);
    const numbers = new Float64Array(16);
    structuredClone(numbers.buffer, { transfer: [numbers.buffer] });
    expect(() => realBinding().fstatat(-100, '/', numbers, 0)).toThrow(TypeError);
  });
});
