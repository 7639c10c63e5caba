import fc from 'fast-check';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, UTIME_NOW, UTIME_OMIT } from '../../../../../src/host/constants.ts';
import type { Op, ProgramShape } from '../program.ts';

/** How many descriptors a program keeps. */
export const slotCount = 5;
export const slot = fc.integer({ min: 0, max: slotCount - 1 });
const component = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  { weight: 2, arbitrary: fc.constantFrom('.', '..') },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(255), 'y'.repeat(256), 'n', '\xff\xfe') },
);
export const mode = fc.oneof(
  fc.constantFrom(0o755, 0o644, 0o777, 0o700, 0o1777, 0o2775, 0o4755, 0o6777, 0o2644, 0o4711, 0),
  fc.integer({ min: 0, max: 0o7777 }),
);
export const length = fc.oneof(fc.constantFrom(0, 1, 10, 4096, 5000, 8192), fc.integer({ min: 0, max: 20_000 }));
export const offset = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 5, 4095, 4096, 5000, 12_288) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -5, 1_000_000, 2 ** 40, 2 ** 52) },
);

/** Paths that mostly name something, some of them odd. */
export function pathOf({ chroot }: ProgramShape): fc.Arbitrary<string> {
  const parts = fc.array(component, { minLength: 1, maxLength: 4, size: 'medium' });
  const tail = fc.oneof(
    { weight: 10, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('/', '//', '/.', '/..') },
  );
  const head = chroot
    ? fc.oneof({ weight: 4, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom('/', '//') })
    : fc.constant('');
  const path = fc.tuple(head, parts, tail).map(([before, names, after]) => before + names.join('/') + after);
  const odd = chroot
    ? fc.constantFrom('', '/', '..', '.', 'z'.repeat(4096))
    : fc.constantFrom('', '.', 'z'.repeat(4096));
  return fc.oneof({ weight: 20, arbitrary: path }, { weight: 1, arbitrary: odd });
}

/** What symlinks point to. */
export function targetOf({ chroot }: ProgramShape): fc.Arbitrary<string> {
  const names = fc.constantFrom('a', 'b', 'c', 'd', '.', 'a/b', 'b/c', 'a/', 'd//a', 'n');
  if (!chroot)
    return fc.oneof({ weight: 20, arbitrary: names }, { weight: 1, arbitrary: fc.constantFrom('', 'q'.repeat(130)) });
  const outside = fc.constantFrom('/', '/a', '/b/', '..', '../a', '../../b', '/d/../a', '//c', '');
  return fc.oneof({ weight: 3, arbitrary: names }, { weight: 2, arbitrary: outside });
}

export const id = fc.constantFrom(-1, 0, 1, 2, 1000, 1001);
export const nsec = fc.constantFrom(UTIME_NOW, UTIME_OMIT, 0, 5, 999_999_999, 1_000_000_000, -1);
export const nofollow = fc.constantFrom(0, 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x8000);

/** Kinds of operations, each with how often it is drawn. */
export type Choices = { weight: number; arbitrary: fc.Arbitrary<Op> }[];
