import { observe } from '../src/oracle/observe.ts';
import { kindOf } from '../src/oracle/kind.ts';
import { groupNames, type GroupName } from '../src/oracle/record/group.ts';
import { headerRecord, recordTrace } from '../src/oracle/record/record.ts';
import { Chance } from '../src/oracle/record/chance.ts';
import type { Recording } from '../src/oracle/record/recorder.ts';
import type { BackingFilesystem } from '../src/oracle/names.ts';
import { decodeRecord } from '../src/oracle/records.ts';
import { replayTrace } from '../src/oracle/replay.ts';
import { textOf } from '../src/oracle/schema.ts';
import { shrink } from '../src/oracle/shrink.ts';
import { traceLines } from '../src/oracle/trace-lines.ts';
import type { Trace } from '../src/oracle/trace-reader.ts';
import { changedLayers } from '../test/privileged/oracle/changed-layers.ts';
import { mountAttempts } from '../test/privileged/oracle/mount-attempts.ts';
import { pathCase, places } from '../test/privileged/oracle/path-cases.ts';
import { isStep, traceOf } from '../test/privileged/oracle/scene.ts';
import type { CaseKind, CaseResult, Finding, Kernels, Reached } from './case.ts';

/** What a mount may say of each option; nothing, mostly. */
const optionValues: readonly (readonly string[])[] = [
  ['redirect_dir=on', 'redirect_dir=on', 'redirect_dir=off', 'redirect_dir=follow', 'redirect_dir=nofollow'],
  ['metacopy=on', 'metacopy=on', 'metacopy=off'],
  ['index=on', 'index=on', 'index=off'],
  ['nfs_export=on', 'nfs_export=off'],
  ['xino=on', 'xino=auto', 'xino=off'],
  ['uuid=on', 'uuid=auto', 'uuid=null', 'uuid=off'],
  ['userxattr'],
  ['volatile', 'fsync=strict'],
  ['verity=on', 'verity=off', 'default_permissions', 'override_creds', 'nooverride_creds'],
];
/** The groups whose layers differ in more than what the options ask for. */
const optionalGroups: readonly GroupName[] = ['default', 'nested', 'data-only', 'readonly'];

/** Cases that are traces: layers and mounts of every group, paths and permissions, attempts to mount. */
export const traceKinds: readonly CaseKind[] = [
  ...randomKinds('tmpfs'),
  ...places.map((place) => ({
    name: `paths ${place}`,
    run: (seed: number, kernels: Kernels) => compared(pathCase(place, seed, lengthOf(seed, 10, 100)), kernels),
  })),
  {
    name: 'changed layers',
    run: (seed, kernels) => compared(changedLayers(seed, lengthOf(seed, 5, 40)), kernels),
  },
  { name: 'mounts', run: (seed, kernels) => compared(mountAttempts(seed, lengthOf(seed, 5, 60)), kernels) },
];

/** Layers and mounts of every group that all lie on one kind of filesystem. */
export function randomKinds(filesystem: BackingFilesystem): readonly CaseKind[] {
  const on = filesystem === 'tmpfs' ? '' : ` on ${filesystem}`;
  // Handles of several btrfs are alike (Recording).
  const layout: Pick<Recording, 'layout'> = filesystem === 'btrfs' ? { layout: 'same' } : {};
  const kind = (name: string, group: GroupName, optionsOf: (seed: number) => Pick<Recording, 'options'>): CaseKind => ({
    name: `random ${name}${on}`,
    run: (seed, kernels) => {
      const ops = lengthOf(seed, 20, 200);
      return compared(randomTrace({ group, seed, ops, filesystem, ...layout, ...optionsOf(seed) }, kernels), kernels);
    },
  });
  return [
    ...groupNames.map((group) => kind(group, group, () => ({}))),
    ...optionalGroups.map((group) => kind(`${group}, any options`, group, (seed) => ({ options: anyOptions(seed) }))),
  ];
}

function lengthOf(seed: number, least: number, most: number): number {
  return least + new Chance(`length/${seed}`).below(most - least + 1);
}

/** Options that may exclude each other: then the refusal is what is compared. */
function anyOptions(seed: number): string {
  const chance = new Chance(`options/${seed}`);
  return optionValues.flatMap((values) => (chance.percent(35) ? [chance.pick(values)] : [])).join(',');
}

/** Recorded, because what it does next depends on what the kernel has answered. */
function randomTrace(recording: Recording, { real }: Kernels): Trace {
  const { group, seed } = recording;
  const records = recordTrace(real, recording).map((line) => decodeRecord(line));
  const persistentIno = records.some((record) => record?.t === 'trace' && record.persistent_ino);
  return { ...traceOf(`${group}/${seed}`, headerRecord(group), records.filter(isStep)), persistentIno };
}

function compared(trace: Trace, { simulated, real }: Kernels): CaseResult {
  const right = observe(trace, real);
  const calls = right.steps.map(({ record }): Reached => [
    kindOf(record),
    'e' in record && typeof record.e === 'string' ? record.e : 'success',
  ]);
  const [divergence] = replayTrace(right, simulated, 'stop-at-first').divergences;
  if (divergence === undefined) return { calls, finding: undefined };
  const shortest = shrink(right, divergence, simulated, real);
  return { calls, finding: findingOf(shortest.trace, shortest.divergence.lines) };
}

function findingOf(trace: Trace, lines: readonly string[]): Finding {
  return { lines, ending: 'jsonl', records: [trace.header, ...traceLines(trace)].map(textOf) };
}
