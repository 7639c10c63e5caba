import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  longestConfigValue,
  planMount,
  type MountPlan,
  type MountRequest,
} from '../../../src/core/overlay2/mount-plan.ts';
import type { Path } from '../../../src/host/index.ts';

const pageSize = 4096;

const linkName = fc.stringMatching(/^[A-Z2-7]{26}$/).map((link) => `l/${link}`);
const lowers = fc.oneof(
  fc.array(linkName, { minLength: 1, maxLength: 4 }),
  fc.constantFrom(66, 67, 68, 69, 70, 71, 72, 126, 127, 128).chain((length) => {
    return fc.array(linkName, { minLength: length, maxLength: length });
  }),
);

/** Directory names with all that mount options must escape. */
const homeName = fc.string({ unit: fc.constantFrom('a', 'b', 'Z', ':', ',', '\\', ' ', '"', '\xe9'), minLength: 1 });
const plainHome = fc.integer({ min: 1, max: 400 }).map((length) => `/${'h'.repeat(length)}` as Path);
const home = fc.oneof(
  plainHome,
  fc.array(homeName, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join('/')}` as Path),
);

const request: fc.Arbitrary<MountRequest> = fc.record({
  home,
  directory: fc.oneof(fc.stringMatching(/^[0-9a-f]{64}(-init)?$/), fc.stringMatching(/^[a-z]{1,255}$/)),
  link: fc.option(linkName, { nil: undefined }),
  lowers,
  access: fc.constantFrom('read-only', 'read-write'),
  label: fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 })),
  options: fc.constantFrom([], ['index=off'], ['userxattr'], ['index=off', 'userxattr']),
  pageSize: fc.constantFrom(pageSize, 65536),
  lowerdirPlus: fc.boolean(),
});

/** The layers that a plan mounts, topmost first, and its upper and work directory, as absolute paths. */
interface Stack {
  readonly lowers: readonly string[];
  readonly upper: string | undefined;
  readonly work: string | undefined;
}

/** Names that lead to the same place: the layer's link leads to its `diff`. */
function resolved({ home, directory, link }: MountRequest, path: string | undefined): string | undefined {
  if (path === undefined || link === undefined) return path;
  const through = `${home}/${link}`;
  if (path === through) return `${home}/${directory}/diff`;
  return path === `${through}/../work` ? `${home}/${directory}/work` : path;
}

function wanted({ home, directory, lowers, access }: MountRequest): Stack {
  const below = lowers.map((lower) => `${home}/${lower}`);
  const own = `${home}/${directory}/diff`;
  return access === 'read-only'
    ? { lowers: [own, ...below], upper: undefined, work: undefined }
    : { lowers: below, upper: own, work: `${home}/${directory}/work` };
}

/** Reads mount(2)'s data as the kernel does (R17, R18): a backslash makes the next character literal. */
function stackOfData(data: string, directory: string | undefined): Stack {
  const values = new Map<string, string>();
  for (const option of splitUnescaped(data, ',')) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(option) ?? [];
    values.set(key, value);
  }
  const absolute = (path: string): string => (directory === undefined ? path : `${directory}/${path}`);
  const path = (key: string): string | undefined => {
    const value = values.get(key);
    return value === undefined ? undefined : absolute(unescape(value));
  };
  return {
    lowers: splitUnescaped(values.get('lowerdir') ?? '', ':').map((lower) => absolute(unescape(lower))),
    upper: path('upperdir'),
    work: path('workdir'),
  };
}

function splitUnescaped(text: string, separator: string): readonly string[] {
  const parts: string[] = [''];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === separator) parts.push('');
    else if (character === '\\') parts.push((parts.pop() ?? '') + text.slice(at, (at += 1) + 1));
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

/** The data in front of the label, which SELinux takes out before overlayfs sees them. */
function withoutLabel(data: string, label: string): string {
  return label === '' ? data : data.slice(0, data.lastIndexOf(',context="'));
}

function stackOf(plan: MountPlan, label: string): Stack | undefined {
  switch (plan.kind) {
    case 'absolute':
      return stackOfData(withoutLabel(plan.data, label), undefined);
    case 'relative':
      return stackOfData(withoutLabel(plan.data, label), plan.directory);
    case 'fsconfig': {
      const values = (key: string): readonly string[] =>
        plan.options.filter((option) => option.key === key).map(({ value = '' }) => value);
      const [upper] = values('upperdir');
      const [work] = values('workdir');
      // The new API takes lowers as they are and undoes escapes of the other two (R70).
      return { lowers: values('lowerdir+'), upper: upper && unescape(upper), work: work && unescape(work) };
    }
    case 'refused':
      return undefined;
  }
}

describe('the mount plan', () => {
  it('mounts the layers asked for, whichever way it takes', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const plan = planMount(asked);
        const stack = stackOf(plan, asked.label);
        if (stack === undefined) return;
        const lowers = stack.lowers.map((lower) => resolved(asked, lower));
        expect({ lowers, upper: resolved(asked, stack.upper), work: resolved(asked, stack.work) }).toEqual(
          wanted(asked),
        );
      }),
    );
  });

  it('never hands mount(2) more than it reads, nor fsconfig(2) more than it takes', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const plan = planMount(asked);
        if ('data' in plan) expect(plan.data.length).toBeLessThan(asked.pageSize);
        else if (plan.kind === 'fsconfig') {
          for (const { value = '' } of plan.options) expect(value.length).toBeLessThanOrEqual(longestConfigValue);
        } else expect(plan.reason).toContain('cannot mount layer, mount label too large');
      }),
    );
  });

  it.each(['absolute', 'relative'] as const)('fills the page to its last byte but one with %s names', (kind) => {
    const kinds = [4094, 4095, 4096, 4097].map((length) => planMount(requestOfLength(kind, length)));
    expect(kinds.map((plan) => plan.kind === kind)).toEqual([true, true, false, false]);
    expect(kinds.slice(0, 2).map((plan) => ('data' in plan ? plan.data.length : 0))).toEqual([4094, 4095]);
  });

  it('mounts 128 layers below a home of 200 bytes within a page', () => {
    const asked = { ...plain, home: `/${'h'.repeat(199)}` as Path, lowers: Array.from({ length: 128 }, () => lower) };
    const plan = planMount({ ...asked, directory: 'd'.repeat(64) });
    expect(plan.kind).toBe('relative');
    expect('data' in plan && plan.data.length).toBe(3887);
  });

  it('mounts 128 layers whatever the id, by its link', () => {
    const asked = {
      ...plain,
      lowers: Array.from({ length: 128 }, () => lower),
      directory: 'd'.repeat(255),
      link: lower,
    };
    const plan = planMount(asked);
    expect(plan.kind).toBe('relative');
    expect('data' in plan && plan.data).toContain(`,upperdir=${lower},workdir=${lower}/../work`);
  });

  it('has a way for every label with the new mount API, and says what is too long without it', () => {
    const label = 'x'.repeat(250);
    const asked = { ...plain, lowers: Array.from({ length: 128 }, () => lower), directory: 'd'.repeat(64), label };
    expect(planMount(asked)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('lowerdir+') as string });
    expect(planMount({ ...asked, lowerdirPlus: true }).kind).toBe('fsconfig');
    const tooLong = planMount({ ...asked, lowerdirPlus: true, label: 'x'.repeat(256) });
    expect(tooLong).toMatchObject({ kind: 'refused', reason: expect.stringContaining('context') as string });
  });

  it('writes the options as Docker does', () => {
    expect(planMount({ ...plain, label: 'system_u:object_r:container_file_t:s0:c1,c2' })).toEqual({
      kind: 'absolute',
      target: '/var/lib/docker/overlay2/top/merged',
      data:
        `index=off,lowerdir=/var/lib/docker/overlay2/${lower},upperdir=/var/lib/docker/overlay2/top/diff,` +
        'workdir=/var/lib/docker/overlay2/top/work,context="system_u:object_r:container_file_t:s0:c1,c2"',
    });
    expect(planMount({ ...plain, access: 'read-only' })).toMatchObject({
      data: `index=off,lowerdir=/var/lib/docker/overlay2/top/diff:/var/lib/docker/overlay2/${lower}`,
    });
  });
});

const lower = 'l/ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const plain: MountRequest = {
  home: '/var/lib/docker/overlay2' as Path,
  directory: 'top',
  link: undefined,
  lowers: [lower],
  access: 'read-write',
  label: '',
  options: ['index=off'],
  pageSize,
  lowerdirPlus: false,
};

/** A request whose data, written in that way, are exactly so long: the label takes up what the layers leave. */
function requestOfLength(kind: 'absolute' | 'relative', length: number): MountRequest {
  const layers = kind === 'absolute' ? 60 : 128;
  const asked = { ...plain, lowers: Array.from({ length: layers }, () => lower), directory: 'd'.repeat(64) };
  const plan = planMount(asked);
  const unlabelled = 'data' in plan ? plan.data.length : 0;
  return { ...asked, label: 'x'.repeat(length - unlabelled - ',context=""'.length) };
}
