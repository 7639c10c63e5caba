import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareAnswer, compareTree, sameJson } from '../../../src/oracle/compare.ts';
import type { DumpRecord, HostRecord, OpRecord, Tree } from '../../../src/oracle/records.ts';
import type { Json, JsonObject } from '../../../src/oracle/schema.ts';

const entry = { type: 'reg', mode: 420, uid: 0, gid: 0, nlink: 1, size: 2, data: 'hi', x: { 'user.k': 'v' } };
const statRecord = (r: JsonObject): OpRecord => ({ t: 'op', op: 'stat', path: 'a', r });
const stat = { type: 'reg', mode: 420, nlink: 1, uid: 0, gid: 0, size: 2, dev: 0, ino: 3 };

describe('comparing answers', () => {
  it.each([
    ['mode', 436],
    ['nlink', 2],
    ['uid', 1],
    ['gid', 1],
    ['size', 3],
    ['dev', 1],
    ['ino', null],
    ['type', 'dir'],
  ])('sees another %s', (field, value) => {
    const difference = compareAnswer(statRecord(stat), { r: { ...stat, [field]: value } });
    expect(difference?.lines).toEqual([
      `${field}: expected ${JSON.stringify(stat[field as keyof typeof stat])}, got ${JSON.stringify(value)}`,
    ]);
  });

  it('compares a time only where the trace tells it', () => {
    expect(compareAnswer(statRecord(stat), { r: { ...stat, mtime: 5 } })).toBeUndefined();
    expect(compareAnswer(statRecord({ ...stat, mtime: 4 }), { r: { ...stat, mtime: 5 } })).toBeDefined();
  });

  it('lets fields be that a later writer adds, and misses those that a kernel leaves out', () => {
    expect(compareAnswer(statRecord({ ...stat, btime: 4 }), { r: stat })).toBeUndefined();
    expect(compareAnswer(statRecord({ ...stat, rdev: [1, 3] }), { r: stat })?.lines).toEqual([
      'rdev: expected [1,3], got none',
    ]);
  });

  it('tells success, values and errors apart', () => {
    const mkdir = { t: 'op', op: 'mkdir', path: 'a', mode: 493 } as const;
    expect(compareAnswer(mkdir, {})).toBeUndefined();
    expect(compareAnswer(mkdir, { e: 'EEXIST' })?.lines).toEqual(['expected success, got EEXIST']);
    expect(compareAnswer({ ...mkdir, e: 'EEXIST' }, {})?.lines).toEqual(['expected EEXIST, got success']);
    expect(compareAnswer({ ...mkdir, e: 'EEXIST' }, { e: 'EPERM' })).toBeDefined();
  });

  it('takes the names that Linux has for one error as the same', () => {
    const record = { t: 'op', op: 'listxattr', path: 'a', e: 'EOPNOTSUPP' } as const;
    expect(compareAnswer(record, { e: 'ENOTSUP' })).toBeUndefined();
  });

  it('compares the stage at which fsmount fails, where index 0 is left out', () => {
    const record = (stage?: number | string): HostRecord => ({
      t: 'host',
      op: 'fsmount',
      at: '/m',
      set: [],
      e: 'EINVAL',
      ...(stage === undefined ? {} : { stage }),
    });
    expect(compareAnswer(record(2), { e: 'EINVAL', stage: 2 })).toBeUndefined();
    expect(compareAnswer(record(2), { e: 'EINVAL', stage: 'create' })).toBeDefined();
    expect(compareAnswer(record(), { e: 'EINVAL', stage: 0 })).toBeUndefined();
    expect(compareAnswer(record(), { e: 'EINVAL', stage: 1 })).toBeDefined();
  });
});

describe('comparing trees', () => {
  const dump = (tree: Tree): DumpRecord => ({ t: 'dump', what: 'raw', at: '/u', tree });
  const got = (tree: Readonly<Record<string, JsonObject>>): ReadonlyMap<string, JsonObject> =>
    new Map(Object.entries(tree));

  it('names each entry that differs, is missing, or is too many', () => {
    const difference = compareTree(
      dump({ a: entry, b: entry, c: entry }),
      {},
      got({ a: entry, b: { ...entry, mode: 0 }, d: { type: 'whiteout' } }),
    );
    expect(difference?.lines).toEqual([
      'b: mode expected 420, got 0',
      `c: expected ${JSON.stringify(entry)}, got nothing`,
      'd: expected nothing, got {"type":"whiteout"}',
    ]);
  });

  it('sees a changed, an added and a missing xattr', () => {
    const x = (value: JsonObject): boolean =>
      compareTree(dump({ a: entry }), {}, got({ a: { ...entry, x: value } })) !== undefined;
    expect([x({ 'user.k': 'v' }), x({ 'user.k': 'w' }), x({ 'user.k': 'v', 'user.l': '' }), x({})]).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it('takes a dump without a tree for nothing, and one of differences for none', () => {
    const whole: DumpRecord = { t: 'dump', what: 'raw', at: '/u' };
    expect(compareTree(whole, {}, got({}))).toBeUndefined();
    expect(compareTree(whole, {}, got({ a: entry }))?.lines).toEqual([
      `a: expected nothing, got ${JSON.stringify(entry)}`,
    ]);
    expect(compareTree({ ...whole, what: 'raw-diff' }, { a: entry }, got({ a: entry }))).toBeUndefined();
  });

  it('applies a diff to its base', () => {
    const base = { '.': entry, a: entry, b: entry };
    const diff = { a: null, b: { ...entry, size: 3 }, c: entry };
    const applied = got({ '.': entry, b: { ...entry, size: 3 }, c: entry });
    expect(compareTree(dump(diff), base, applied)).toBeUndefined();
    expect(compareTree(dump(diff), base, got(base))?.lines).toHaveLength(3);
  });

  it('finds names that JavaScript objects have by themselves', () => {
    expect(compareTree(dump({}), {}, got({ constructor: entry }))?.lines).toHaveLength(1);
  });
});

describe('comparing JSON', () => {
  it('is equality, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = JSON.stringify(canonical(one as Json)) === JSON.stringify(canonical(other as Json));
        expect(sameJson(one as Json, other as Json)).toBe(same);
        expect(sameJson(one as Json, canonical(one as Json))).toBe(true);
      }),
    );
  });
});

/** The same value with the keys of all objects sorted; -0 is 0 in JSON. */
function canonical(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(canonical);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}
