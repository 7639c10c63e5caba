import { parentOf, type Layer, type Member } from './layer.ts';
import type { Node } from './view.ts';

/**
 * A layer as a tar, in ustar with PAX records where those are needed. It is written here byte by byte, so that the tests do
 * not believe the writer that they test.
 */
export async function* archiveOf(layer: Layer): AsyncGenerator<Uint8Array> {
  for (const [path, member] of layer) yield memberBytes(path, member, layer);
  yield await Promise.resolve(Buffer.alloc(1024));
}

function memberBytes(path: string, member: Member, layer: Layer): Buffer {
  const name = path.slice(1);
  switch (member.kind) {
    case 'whiteout':
      return header({ name: inDirectory(path, `.wh.${basename(path)}`), type: '0', mode: 0, owner: '0:0' });
    case 'link':
      return linkBytes(name, member.target, layer.get(member.target));
    case 'node':
      return Buffer.concat([nodeBytes(name, member.node), member.opaque ? opaqueMark(path) : Buffer.alloc(0)]);
  }
}

/** A link, with the metadata of the file again, as every writer does. */
function linkBytes(name: string, target: string, file: Member | undefined): Buffer {
  if (file?.kind !== 'node') throw new Error(`no file ${target} to link to`);
  return nodeBytes(name, { ...file.node, type: 'link', content: target.slice(1) });
}

function opaqueMark(path: string): Buffer {
  return header({ name: `${path.slice(1)}/.wh..wh..opq`, type: '0', mode: 0, owner: '0:0' });
}

function nodeBytes(name: string, node: Node): Buffer {
  const { mode, owner, mtime = 0 } = node;
  const records = Object.entries(node.xattrs).map(([key, value]) =>
    paxRecord(`SCHILY.xattr.${key}`, bytesOfHex(value)),
  );
  if (mtime < 0) records.push(paxRecord('mtime', Buffer.from(String(mtime))));
  const own = { name, mode, owner, mtime: Math.max(mtime, 0) };
  const pax =
    records.length === 0 ? [] : [header({ name: 'pax', type: 'x', mode: 0, owner: '0:0' }, Buffer.concat(records))];
  return Buffer.concat([...pax, typedHeader(own, node)]);
}

function typedHeader(own: Omit<Fields, 'type'>, { type, content = '' }: Node): Buffer {
  switch (type) {
    case 'directory':
      return header({ ...own, name: `${own.name}/`, type: '5' });
    case 'link':
      return header({ ...own, type: '1', link: content });
    case 'symlink':
      return header({ ...own, type: '2', link: content });
    case 'fifo':
      return header({ ...own, type: '6' });
    case 'character-device':
      return header({ ...own, type: '3', device: content });
    case 'block-device':
      return header({ ...own, type: '4', device: content });
    default:
      return header({ ...own, type: '0' }, Buffer.from(content, 'latin1'));
  }
}

interface Fields {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  /** `uid:gid`. */
  readonly owner: string;
  readonly mtime?: number;
  readonly link?: string;
  /** `major:minor`. */
  readonly device?: string;
}

const blockSize = 512;

function header(fields: Fields, content: Buffer = Buffer.alloc(0)): Buffer {
  const block = Buffer.alloc(blockSize);
  const [uid = 0, gid = 0] = fields.owner.split(':').map(Number);
  const [major = 0, minor = 0] = (fields.device ?? '0:0').split(':').map(Number);
  block.write(fields.name, 0, 100, 'latin1');
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, uid, 108, 8);
  writeOctal(block, gid, 116, 8);
  writeOctal(block, content.length, 124, 12);
  writeOctal(block, fields.mtime ?? 0, 136, 12);
  block.write(fields.type, 156, 'latin1');
  block.write(fields.link ?? '', 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, major, 329, 8);
  writeOctal(block, minor, 337, 8);
  block.write(' '.repeat(8), 148, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
  return Buffer.concat([block, content, padding]);
}

function writeOctal(block: Buffer, value: number, at: number, length: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), at, length - 1, 'latin1');
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function bytesOfHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function inDirectory(path: string, name: string): string {
  const directory = parentOf(path).slice(1);
  return directory === '' ? name : `${directory}/${name}`;
}
