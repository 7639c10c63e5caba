import { isDevice, isDirectory, isRegular, major, minor, type FileType, type Stat } from '../../host/index.ts';
import { shownPath } from '../format/quote.ts';
import { sizeText } from '../format/size.ts';
import type { Paint, Style } from '../format/style.ts';
import type { ViewEntry } from './layered-view.ts';

/** One colour for each layer, over and over. */
const layerStyles: readonly Style[] = [
  'cyan',
  'green',
  'yellow',
  'magenta',
  'blue',
  'cyanBright',
  'greenBright',
  'magentaBright',
];

export function layerStyle(number: number): Style {
  return layerStyles[number % layerStyles.length] ?? 'cyan';
}

/** Columns of the metadata: mode, owner, size. */
const widths = { mode: 10, owner: 11, size: 9 } as const;
const factsWidth = widths.mode + widths.owner + widths.size + 4;

export const treeHead = `LAYER  ${facts('MODE', 'OWNER', 'SIZE')}  NAME`;

/** One line of the tree: the layer, the metadata, and the name below its directory. */
export function treeLine(entry: ViewEntry, paint: Paint): string {
  const { stat, layer, isLast } = entry;
  const style = layerStyle(layer.number);
  const number = paint(style, String(layer.number).padStart(5));
  const branch = paint('dim', branchOf(isLast));
  if (stat === undefined) {
    const name = paint(['dim', 'strikethrough'], shownPath(entry.name));
    return `${number}  ${paint('red', 'whiteout'.padEnd(factsWidth))}  ${branch}${name} ${paint('red', '✗ deleted')}`;
  }
  const shown = facts(modeText(stat), `${stat.uid}:${stat.gid}`, sizeOf(stat));
  const opaque = entry.isOpaque ? ` ${paint('red', '⊘ opaque')}` : '';
  return `${number}  ${paint('dim', shown)}  ${branch}${paint(style, shownPath(entry.name))}${suffix(entry, stat)}${opaque}`;
}

function facts(mode: string, owner: string, size: string): string {
  return `${mode.padEnd(widths.mode)}  ${owner.padEnd(widths.owner)}  ${size.padStart(widths.size)}`;
}

function branchOf(isLast: readonly boolean[]): string {
  return isLast
    .map((last, depth) => (depth < isLast.length - 1 ? (last ? '    ' : '│   ') : last ? '└── ' : '├── '))
    .join('');
}

function sizeOf({ mode, size, rdev }: Stat): string {
  if (isDevice(mode)) return `${major(rdev)}, ${minor(rdev)}`;
  return isRegular(mode) ? sizeText(size) : '';
}

/** What `ls -F` puts after a name, and where a symlink leads. */
function suffix({ target }: ViewEntry, { mode, type }: Stat): string {
  if (target !== undefined) return ` -> ${shownPath(target)}`;
  if (isDirectory(mode)) return '/';
  if (type === 'fifo') return '|';
  if (type === 'socket') return '=';
  return isRegular(mode) && (mode & 0o111) !== 0 ? '*' : '';
}

const typeLetters: Readonly<Record<FileType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
  socket: 's',
};

/** A mode as `ls -l` writes it: `drwxr-xr-x`. */
function modeText({ mode, type }: Stat): string {
  const classes = [
    { shift: 6, special: (mode & 0o4000) !== 0, letter: 's' },
    { shift: 3, special: (mode & 0o2000) !== 0, letter: 's' },
    { shift: 0, special: (mode & 0o1000) !== 0, letter: 't' },
  ];
  const letters = classes.map(({ shift, special, letter }) => {
    const bits = (mode >> shift) & 7;
    const execute = (bits & 1) !== 0;
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-';
    return `${(bits & 4) === 0 ? '-' : 'r'}${(bits & 2) === 0 ? '-' : 'w'}${last}`;
  });
  return typeLetters[type] + letters.join('');
}
