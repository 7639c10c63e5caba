import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Path } from '../../../src/host/index.ts';
import { planMount, type MountPlan, type MountRequest } from '../../../src/core/aufs/mount-plan.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 500;

const plainPath = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.nat())
  .map(([length, n]) => `/${String(n)}${'x'.repeat(length)}`.slice(0, length + 1) as Path);

/** As ids are: of one length, so that page limits fall anywhere. */
const layerPaths = fc
  .tuple(fc.integer({ min: 0, max: 126 }), fc.integer({ min: 1, max: 200 }))
  .map(([count, length]) =>
    Array.from({ length: count }, (_each, n) => `/home/diff/${'i'.repeat(length)}${n}` as Path),
  );

const request: fc.Arbitrary<MountRequest> = fc.record({
  writable: plainPath,
  below: layerPaths,
  label: fc.constantFrom('', 'system_u:object_r:svirt_lxc_file_t:s0:c1,c2', 'l'.repeat(300)),
  dirperm1: fc.boolean(),
  pageSize: fc.constantFrom(4096, 1024, 16384),
});

/** The branches that a plan adds, from the top down. */
function branchesOf({ data, remounts }: Extract<MountPlan, { kind: 'mount' }>): readonly string[] {
  const [first = '', ...words] = data.split(',');
  expect(words.slice(0, 2)).toEqual(['dio', 'xino=/dev/shm/aufs.xino']);
  const appended = remounts.flatMap((text) => text.split(',').filter((word) => word.startsWith('append:')));
  return [...first.slice('br:'.length).split(':'), ...appended.map((word) => word.slice('append:'.length))];
}

describe('the plan of a mount', () => {
  it('has every branch once, in its order, the first alone to be written to', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const plan = planMount(asked);
        if (plan.kind === 'refused') return;
        const wanted = [`${asked.writable}=rw`, ...asked.below.map((path) => `${path}=ro+wh`)];
        expect(branchesOf(plan)).toEqual(wanted);
      }),
      { numRuns },
    );
  });

  it('fits every call into a page, and uses it', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const plan = planMount(asked);
        if (plan.kind === 'refused') return;
        const { label, pageSize, dirperm1 } = asked;
        const room = pageSize - label.length - 54 - (dirperm1 ? 9 : 0);
        for (const text of [plan.data, ...plan.remounts]) expect(text.length).toBeLessThan(pageSize);
        for (const text of [
          plan.data.replace(/,dio,.*/, ''),
          ...plan.remounts.map((each) => each.replace(/,context=.*/, '')),
        ])
          expect(text.length).toBeLessThanOrEqual(room);
        for (const [index, text] of plan.remounts.entries()) {
          const [next = ''] = text.split(',');
          const batch =
            index === 0 ? plan.data.split(',dio,')[0] : plan.remounts[index - 1]?.replace(/,context=.*/, ',');
          // Docker's arithmetic: the word that comes next did not fit any more.
          expect(
            (batch?.length ?? 0) + (index === 0 ? next.length - 'append'.length : next.length + 1),
          ).toBeGreaterThan(room);
        }
      }),
      { numRuns },
    );
  });

  it('is refused only where a branch has no room in a page', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { writable, below, label, pageSize, dirperm1 } = asked;
        const room = pageSize - label.length - 54 - (dirperm1 ? 9 : 0);
        const longest = Math.max(
          writable.length + 'br:=rw'.length,
          ...below.map((path) => path.length + 'append:=ro+wh,'.length),
        );
        if (longest <= room) expect(planMount(asked).kind).toBe('mount');
      }),
      { numRuns },
    );
  });

  it('is what Docker mounts', () => {
    const plan = planMount({
      writable: '/a/diff/top' as Path,
      below: ['/a/diff/mid', '/a/diff/low'] as Path[],
      label: 'label',
      dirperm1: true,
      pageSize: 4096,
    });
    const data =
      'br:/a/diff/top=rw:/a/diff/mid=ro+wh:/a/diff/low=ro+wh,dio,xino=/dev/shm/aufs.xino,dirperm1,context="label"';
    expect(plan).toEqual({ kind: 'mount', data, remounts: [] });
  });

  it('appends what does not fit, with a comma after each branch, and the label', () => {
    const below = Array.from({ length: 3 }, (_each, n) => `/${'d'.repeat(60)}${n}` as Path);
    const plan = planMount({ writable: '/top' as Path, below, label: '', dirperm1: false, pageSize: 140 });
    expect(plan).toEqual({
      kind: 'mount',
      data: `br:/top=rw:${String(below[0])}=ro+wh,dio,xino=/dev/shm/aufs.xino`,
      remounts: [`append:${String(below[1])}=ro+wh,`, `append:${String(below[2])}=ro+wh,`],
    });
    const labelled = planMount({ writable: '/top' as Path, below, label: 'l', dirperm1: false, pageSize: 141 });
    expect(labelled.kind === 'mount' && labelled.remounts[0]).toBe(`append:${String(below[1])}=ro+wh,,context="l"`);
  });

  it('sets aside the bytes of the label', () => {
    const below = ['/a/diff/low' as Path];
    const room = 'br:/top=rw:/a/diff/low=ro+wh'.length + 54;
    const remountsOf = (label: string): number => {
      const plan = planMount({ writable: '/top' as Path, below, label, dirperm1: false, pageSize: room + 2 });
      return plan.kind === 'mount' ? plan.remounts.length : -1;
    };
    expect(['l', 'll', '\u00e4', 'lll', '\u20ac'].map(remountsOf)).toEqual([0, 0, 0, 1, 1]);
  });

  it.each(['/a,b', '/a:b', '/a=b'])('is refused for %s', (path) => {
    const asked = { writable: '/top' as Path, below: [path as Path], label: '', dirperm1: false, pageSize: 4096 };
    expect(planMount(asked).kind).toBe('refused');
    expect(planMount({ ...asked, writable: path as Path, below: [] }).kind).toBe('refused');
  });
});
