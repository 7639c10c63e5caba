import fc from 'fast-check';
import { O_CREAT, O_DIRECTORY, O_RDWR, S_IFIFO } from '../../../../src/host/constants.ts';
import { programs } from './arbitrary.ts';
import { slotCount } from './draw/values.ts';
import type { Op, Program } from './program.ts';

/**
 * Programs that run on an overlay: root fills a lower layer and mounts it, then all processes work in the merged view. Paths
 * stay below it, for what happens to a layer behind an overlay's back is nobody's promise.
 */
export function overlayPrograms(actors: number, maxLength: number): fc.Arbitrary<Program> {
  const below = programs({ chroot: false, actors: 1, maxLength: maxLength / 2 });
  const above = programs({ chroot: false, actors, maxLength });
  return fc
    .tuple(ground, below, above)
    .map(([place, fill, use]) => [...built(place, fill), ...entered(actors), ...use]);
}

interface Ground {
  /** Options of the tmpfs that holds the upper layer. */
  readonly size: string;
  readonly lower: 'low' | 'top/low';
  /** Options of the overlay besides its layers. */
  readonly options: string;
}

const ground: fc.Arbitrary<Ground> = fc.record({
  size: fc.constantFrom('', '', '', 'size=64k,nr_inodes=40'),
  lower: fc.constantFrom('low', 'top/low'),
  options: fc
    .subarray(['redirect_dir=on', 'metacopy=on', 'index=on', 'xino=on', 'volatile', 'userxattr', 'nfs_export=on'])
    .map((words) => words.join(',')),
});

const everyone = 0o777;

/** Something of each kind under the names that programs use, so that most of their calls find something. */
const furniture: Program = [
  ...['a', 'a/b', 'a/b/d'].map(directory),
  ...['b', 'a/c', 'a/b/a'].flatMap((path): Op[] => [
    { op: 'open', slot: 0, path, flags: O_RDWR | O_CREAT, mode: 0o666 },
    { op: 'write', slot: 0, length: 5000 },
    { op: 'close', slot: 0 },
  ]),
  { op: 'link', from: 'b', to: 'a/d', flags: 0 },
  { op: 'symlink', target: 'a/b', path: 'c' },
  { op: 'mknod', path: 'd', mode: S_IFIFO | 0o666, dev: 0 },
];

function built({ size, lower, options }: Ground, fill: Program): Program {
  const data = [`lowerdir=${lower},upperdir=top/up,workdir=top/work`, options].filter((part) => part !== '').join(',');
  return [
    ...['top', 'm'].map(directory),
    mount('top', 'tmpfs', size),
    ...['top/up', 'top/work', lower].map(directory),
    { op: 'chmod', path: 'top/up', mode: everyone, flags: 0 },
    { op: 'chdir', path: lower },
    ...furniture,
    ...fill,
    ...Array.from({ length: slotCount }, (_, slot): Op => ({ op: 'close', slot })),
    { op: 'chdir', path: '/' },
    mount('m', 'overlay', data),
  ];
}

function entered(actors: number): Program {
  return Array.from({ length: actors }, (_, index) => actors - 1 - index).flatMap((who): Op[] => [
    { op: 'as', who },
    { op: 'chdir', path: 'm' },
    { op: 'open', slot: 0, path: 'b', flags: O_RDWR, mode: 0 },
    { op: 'open', slot: 1, path: 'a/c', flags: 0, mode: 0 },
    { op: 'open', slot: 2, path: 'a', flags: O_DIRECTORY, mode: 0 },
  ]);
}

function directory(path: string): Op {
  return { op: 'mkdir', path, mode: everyone };
}

function mount(path: string, type: string, data: string): Op {
  return { op: 'mount', source: type, path, type, flags: 0, data };
}
