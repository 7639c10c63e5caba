import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMountLabel } from '../../../src/core/mounts/mount-label.ts';
import { planMount } from '../../../src/core/overlay/mount-plan.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import type { Path } from '../../../src/host/index.ts';

describe('a mount label', () => {
  it.each([
    ['', '', ''],
    ['a,b=c', '', 'a,b=c'],
    ['', 'system_u:object_r:container_file_t:s0:c1,c2', 'context="system_u:object_r:container_file_t:s0:c1,c2"'],
    ['a', 's0:c1,c2', 'a,context="s0:c1,c2"'],
    ['a', 'say "hi" \\ bye', 'a,context="say \\"hi\\" \\\\ bye"'],
    ['a', 'tab\tnew\nline\x01\x7f', 'a,context="tab\\tnew\\nline\\x01\\x7f"'],
    // As Go's %q: printable text as its UTF-8, the rest by number, and bytes that are no UTF-8 by theirs.
    ['a', '\u00e4\u00a0\u200b\u{e0001}\udcff', 'a,context="\xc3\xa4\\u00a0\\u200b\\U000e0001\\xff"'],
  ])('after the options %j, %j becomes %j', (options, label, formatted) => {
    expect(withMountLabel(options, label)).toBe(formatted);
  });

  it('is one quoted word, whatever it holds, that nothing ends but its last quote', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (label) => {
        expect(withMountLabel('lowerdir=/l', label)).toMatch(/^lowerdir=\/l,context="(?:[^"\\\x00-\x1f\x7f]|\\.)*"$/);
      }),
    );
  });
});

describe("overlay's mount with a label", () => {
  const asked = {
    directory: 'child',
    lower: layerId('base'),
    options: ['index=off'],
    pageSize: 4096,
  } as const;

  it('has it last', () => {
    const label = 'system_u:object_r:svirt_sandbox_file_t:s0:c1,c2';
    expect(planMount({ ...asked, home: '/o' as Path, label })).toEqual({
      kind: 'absolute',
      data: `index=off,lowerdir=/o/base/root,upperdir=/o/child/upper,workdir=/o/child/work,context="${label}"`,
    });
  });

  it('never has more than a page takes, or is refused with the reason', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 0, max: 4500 }), (depth, length) => {
        const home = `/${'h'.repeat(depth)}` as Path;
        const plan = planMount({ ...asked, home, label: 'l'.repeat(length) });
        if (plan.kind === 'refused') expect(plan.reason).toMatch(/^cannot mount layer, mount label too large \d{4}: /);
        else expect(plan.data.length).toBeLessThanOrEqual(4095);
        // What the label cannot fit beside relative names never fits.
        const shortest = 'index=off,lowerdir=base/root,upperdir=child/upper,workdir=child/work'.length;
        const labelled = length === 0 ? 0 : ',context=""'.length + length;
        expect(plan.kind === 'refused').toBe(shortest + labelled > 4095);
      }),
    );
  });
});
