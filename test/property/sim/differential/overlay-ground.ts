import fc from 'fast-check';
import { O_CREAT, O_DIRECTORY, O_NONBLOCK, O_RDWR, S_IFCHR, S_IFIFO } from '../../../../src/host/constants.ts';
import { programs } from './arbitrary.ts';
import { slotCount } from './draw/values.ts';
import type { Op, Program } from './program.ts';

/**
 * Programs that run on an overlay: root fills and marks lower layers and mounts them, then all processes work in the merged
 * view, which may be mounted anew in between. Paths stay below it, for what happens to a layer behind an overlay's back is
 * nobody's promise.
 */
export function overlayPrograms(actors: number, maxLength: number): fc.Arbitrary<Program> {
  const use = programs({ chroot: false, actors, maxLength });
  const again = oneIn(2, fc.record({ options: mountOptions, use }), undefined);
  return fc.tuple(ground(Math.floor(maxLength / 4)), use, again).map(([place, first, next]) => {
    const begin = [...built(place), ...entered(actors), ...first];
    if (next === undefined) return begin;
    return [...begin, ...left(actors), ...mounted(place, next.options), ...entered(actors), ...next.use];
  });
}

/** One case in so many is drawn, the others are the same. */
function oneIn<T, Other>(cases: number, rare: fc.Arbitrary<T>, other: Other): fc.Arbitrary<T | Other> {
  return fc.oneof({ weight: 1, arbitrary: rare }, { weight: cases - 1, arbitrary: fc.constant(other) });
}

interface Ground {
  /** Options of the tmpfs that holds the upper layer. */
  readonly size: string;
  /** Topmost first. */
  readonly lowers: readonly [Layer, ...Layer[]];
  /** Whether the lowest one holds data only. */
  readonly dataOnly: boolean;
  /** Whether the lowers are themselves seen through an overlay. */
  readonly nested: 'no' | 'read-only' | 'writable';
  readonly upper: 'writable' | 'none';
  /** Options of the overlay besides its layers. */
  readonly options: string;
}

interface Layer {
  /** On the filesystem of the upper layer, on that of the root, or on one of its own. */
  readonly on: 'top' | 'root' | 'own';
  readonly fill: Program;
  /** What overlay takes for its own marks. */
  readonly marks: Program;
}

/** What a mount may say of each option; nothing, mostly. Some exclude each other, and then the refusal is compared. */
const optionValues = [
  ['redirect_dir=on', 'redirect_dir=on', 'redirect_dir=off', 'redirect_dir=follow', 'redirect_dir=nofollow'],
  ['metacopy=on'],
  ['index=on'],
  ['xino=on', 'xino=auto', 'xino=off'],
  ['volatile'],
  ['userxattr'],
  ['nfs_export=on'],
  ['uuid=on', 'uuid=null', 'uuid=off'],
  ['default_permissions'],
] as const;
const mountOptions = fc
  .tuple(...optionValues.map((values) => oneIn(5, fc.constantFrom(...values), '')))
  .map((words) => words.filter((word) => word !== '').join(','));

function ground(fillLength: number): fc.Arbitrary<Ground> {
  const lower = layer(fillLength);
  return fc.record({
    size: fc.constantFrom('', '', '', 'size=64k,nr_inodes=40'),
    lowers: fc.tuple(lower, fc.array(lower, { maxLength: 3 })).map(([first, others]) => [first, ...others] as const),
    dataOnly: oneIn(5, fc.constant(true), false),
    nested: oneIn(2, fc.constantFrom('read-only' as const, 'writable' as const), 'no' as const),
    upper: oneIn(5, fc.constant('none' as const), 'writable' as const),
    options: mountOptions,
  });
}

function layer(fillLength: number): fc.Arbitrary<Layer> {
  return fc.record({
    on: fc.constantFrom('top', 'top', 'root', 'own'),
    fill: programs({ chroot: false, actors: 1, maxLength: fillLength }),
    marks: fc.array(mark, { maxLength: 6 }),
  });
}

const place = fc.constantFrom('a', 'b', 'c', 'd', 'a/b', 'a/c', 'a/d', 'a/b/a', 'a/b/d');
const whiteout = place.map((path): Op => ({ op: 'mknod', path, mode: S_IFCHR, dev: 0 }));
const attribute = fc
  .tuple(
    fc.constantFrom('trusted', 'trusted', 'user'),
    fc.constantFrom(
      ...['opaque=y', 'opaque=y', 'opaque=x', 'whiteout=', 'whiteout=y', 'redirect=/a/b', 'redirect=/a', 'redirect=b'],
      ...[
        'redirect=/a/b/a',
        'redirect=c',
        'redirect=/b',
        'redirect=x/y',
        'redirect=',
        'metacopy=',
        'metacopy=y',
        'impure=y',
      ],
      ...['nlink=U+1', 'overlay.opaque=y', 'protattr=', 'protattr=a', 'protattr=i'],
    ),
    place,
  )
  .map(([prefix, text, path]): Op => {
    const [name = '', value = ''] = text.split('=');
    const hex = Buffer.from(value).toString('hex');
    return { op: 'setxattr', path, name: `${prefix}.overlay.${name}`, value: hex, flags: 0, how: 0 };
  });
const mark = fc.oneof({ weight: 3, arbitrary: attribute }, { weight: 1, arbitrary: whiteout });

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

function built(made: Ground): Program {
  return [
    ...['top', 'm'].map(directory),
    mount('top', 'tmpfs', made.size),
    ...['top/up', 'top/work'].map(directory),
    { op: 'chmod', path: 'top/up', mode: everyone, flags: 0 },
    ...made.lowers.flatMap((each, number) => filled(each, layerPath(each, number), number)),
    ...inner(made),
    ...mounted(made, made.options),
  ];
}

function layerPath({ on }: Layer, number: number): string {
  return on === 'top' ? `top/l${number}` : `l${number}`;
}

/** The furniture stands in the first layer, and where marks may need something to hide in every other one. */
function filled({ on, fill, marks }: Layer, path: string, number: number): Program {
  return [
    directory(path),
    ...(on === 'own' ? [mount(path, 'tmpfs', '')] : []),
    { op: 'chmod', path, mode: everyone, flags: 0 },
    { op: 'chdir', path },
    ...(number % 2 === 0 ? furniture : []),
    ...fill,
    ...marks,
    ...closed,
    { op: 'chdir', path: '/' },
  ];
}

/** The lower ones of two nested overlays. */
function inner(made: Ground): Program {
  if (made.nested === 'no') return [];
  const layers = ['n', 'top/iu', 'top/iw'].map(directory);
  const upper = made.nested === 'writable' ? ',upperdir=top/iu,workdir=top/iw' : ':top/iu';
  return [...layers, mount('n', 'overlay', `lowerdir=${lowerdir(made)}${upper}`)];
}

function lowerdir({ lowers, dataOnly }: Ground): string {
  const paths = lowers.map(layerPath);
  const data = dataOnly && paths.length > 1 ? paths.splice(-1) : [];
  return [paths.join(':'), ...data].join('::');
}

function mounted(made: Ground, options: string): Program {
  const lower = made.nested === 'no' ? lowerdir(made) : 'n';
  const upper = made.upper === 'none' ? '' : 'upperdir=top/up,workdir=top/work';
  const data = [`lowerdir=${lower}`, upper, options].filter((part) => part !== '').join(',');
  return [mount('m', 'overlay', data)];
}

function entered(actors: number): Program {
  return each(actors, [
    { op: 'chdir', path: 'm' },
    { op: 'open', slot: 0, path: 'b', flags: O_RDWR, mode: 0 },
    // It may have become a fifo.
    { op: 'open', slot: 1, path: 'a/c', flags: O_NONBLOCK, mode: 0 },
    { op: 'open', slot: 2, path: 'a', flags: O_DIRECTORY, mode: 0 },
  ]);
}

/** Nobody holds the mount any more, and it is gone. */
function left(actors: number): Program {
  return [...each(actors, [...closed, { op: 'chdir', path: '/' }]), { op: 'umount', path: 'm', flags: 0 }];
}

const closed: Program = Array.from({ length: slotCount }, (_, slot): Op => ({ op: 'close', slot }));

/** What each of the actors does, root last. */
function each(actors: number, does: Program): Program {
  return Array.from({ length: actors }, (_, index) => actors - 1 - index).flatMap((who): Op[] => [
    { op: 'as', who },
    ...does,
  ]);
}

function directory(path: string): Op {
  return { op: 'mkdir', path, mode: everyone };
}

function mount(path: string, type: string, data: string): Op {
  return { op: 'mount', source: type, path, type, flags: 0, data };
}
