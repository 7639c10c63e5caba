import type { Layer, Member } from './layer.ts';
import type { Node } from './view.ts';

const blockSize = 512;
const xattrKey = 'SCHILY.xattr.';
const types = new Map([
  ['0', 'file'],
  ['1', 'link'],
  ['2', 'symlink'],
  ['3', 'character-device'],
  ['4', 'block-device'],
  ['5', 'directory'],
  ['6', 'fifo'],
]);

/**
 * What an archive says, read as plainly as possible: ustar headers with PAX records. Opaque marks and whiteouts become
 * what they mean; the root has the path `/`.
 */
export function layerOf(archive: Uint8Array): Layer {
  const bytes = Buffer.from(archive);
  const layer = new Map<string, Member>();
  let pax = new Map<string, string>();
  for (let at = 0; !isEmpty(bytes.subarray(at, at + blockSize));) {
    const header = bytes.subarray(at, at + blockSize);
    const size = octal(header, 124, 12);
    const content = bytes.toString('latin1', at + blockSize, at + blockSize + size);
    if (field(header, 156, 1) === 'x') {
      pax = paxRecords(content);
    } else {
      addMember(layer, header, content, pax);
      pax = new Map();
    }
    at += blockSize + Math.ceil(size / blockSize) * blockSize;
  }
  return layer;
}

function isEmpty(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function addMember(
  layer: Map<string, Member>,
  header: Buffer,
  content: string,
  pax: ReadonlyMap<string, string>,
): void {
  const prefix = field(header, 345, 155);
  const name = pax.get('path') ?? (prefix === '' ? '' : `${prefix}/`) + field(header, 0, 100);
  const path = `/${name.replace(/^\.?\//, '').replace(/\/$/, '')}`;
  const directory = path.slice(0, path.lastIndexOf('/'));
  const base = path.slice(path.lastIndexOf('/') + 1);
  if (base === '.wh..wh..opq') {
    const marked = layer.get(directory);
    if (marked?.kind === 'node') layer.set(directory, { ...marked, opaque: true });
  } else if (base.startsWith('.wh.')) {
    layer.set(`${directory}/${base.slice(4)}`, { kind: 'whiteout' });
  } else {
    layer.set(path, memberOf(header, content, pax));
  }
}

function memberOf(header: Buffer, content: string, pax: ReadonlyMap<string, string>): Member {
  const type = types.get(field(header, 156, 1)) ?? 'unknown';
  const linkname = pax.get('linkpath') ?? field(header, 157, 100);
  if (type === 'link') return { kind: 'link', target: `/${linkname}` };
  const xattrs = [...pax]
    .filter(([key]) => key.startsWith(xattrKey))
    .map(([key, value]): [string, string] => [
      key.slice(xattrKey.length),
      Buffer.from(value, 'latin1').toString('hex'),
    ]);
  const node: Node = {
    type,
    mode: type === 'symlink' ? 0o777 : octal(header, 100, 8),
    owner: `${pax.get('uid') ?? octal(header, 108, 8)}:${pax.get('gid') ?? octal(header, 116, 8)}`,
    mtime: Math.floor(Number(pax.get('mtime') ?? octal(header, 136, 12))),
    content: type.endsWith('device')
      ? `${octal(header, 329, 8)}:${octal(header, 337, 8)}`
      : type === 'symlink'
        ? linkname
        : type === 'file'
          ? content
          : undefined,
    xattrs: Object.fromEntries(xattrs.sort()),
    names: undefined,
  };
  return { kind: 'node', node, opaque: false };
}

function field(header: Buffer, at: number, length: number): string {
  return header.toString('latin1', at, at + length).replace(/\0.*$/s, '');
}

function octal(header: Buffer, at: number, length: number): number {
  return Number.parseInt(field(header, at, length).trim() || '0', 8);
}

function paxRecords(content: string): Map<string, string> {
  const records = new Map<string, string>();
  for (let rest = content; rest !== '';) {
    const length = Number.parseInt(rest, 10);
    const record = rest.slice(rest.indexOf(' ') + 1, length - 1);
    records.set(record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1));
    rest = rest.slice(length);
  }
  return records;
}
