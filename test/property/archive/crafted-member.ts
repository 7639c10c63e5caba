import { bytesOf, type CraftedEntry } from './layer-cases.ts';

// A tar writer of its own, which can write what no right writer would. It does what shared/layers/make_layers.py does.

const types = new Map([
  ['file', '0'],
  ['hardlink', '1'],
  ['symlink', '2'],
  ['char', '3'],
  ['block', '4'],
  ['dir', '5'],
  ['fifo', '6'],
  ['contiguous', '7'],
  ['pax', 'x'],
  ['global', 'g'],
  ['gnu-long-name', 'L'],
  ['gnu-long-link', 'K'],
  ['gnu-sparse', 'S'],
  ['old-file', '\0'],
]);

const defaultModes = new Map([
  ['dir', 0o755],
  ['symlink', 0o777],
]);

const defaultTime = 1_600_000_000;

const magics = { pax: 'ustar\x0000', ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '\0'.repeat(8) };

type PaxPair = readonly [key: string, value: Buffer];

/** What the header of a member says, before its extension headers take over what does not fit. */
interface Fields {
  name: Buffer;
  linkname: Buffer;
  uid: number;
  gid: number;
  size: number;
  mtime: number | string;
}

/** The bytes of one member: extension headers, header, content, padding. */
export function memberBytes(entry: CraftedEntry): Buffer {
  const format = entry.format ?? 'pax';
  const data = contentOf(entry);
  const fields: Fields = {
    name: bytesOf(entry.name),
    linkname: bytesOf(entry.linkname),
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    size: entry.size ?? data.length,
    mtime: entry.mtime ?? defaultTime,
  };
  const { before, prefix } = extensionsOf(entry, format, fields);
  const header = headerBytes(entry, fields, {
    typeflag:
      entry.typeflag === undefined ? (types.get(entry.type) ?? entry.type) : bytesOf(entry.typeflag).toString('latin1'),
    magic: entry.magic === undefined ? Buffer.from(magics[format], 'latin1') : bytesOf(entry.magic),
    prefix: entry.prefix === undefined ? prefix : bytesOf(entry.prefix),
    v7: format === 'v7',
  });
  return Buffer.concat([before, header, entry.noPadding === true ? data : padded(data)]);
}

function contentOf(entry: CraftedEntry): Buffer {
  if (entry.records === undefined) return bytesOf(entry.data);
  return Buffer.concat(
    entry.records.map((record) => {
      if (typeof record === 'string' || 'hex' in record) return bytesOf(record);
      const [key, value] = record;
      return paxRecord([bytesOf(key).toString('latin1'), bytesOf(value)]);
    }),
  );
}

interface Extensions {
  readonly before: Buffer;
  readonly prefix: Buffer;
}

function extensionsOf(entry: CraftedEntry, format: keyof typeof magics, fields: Fields): Extensions {
  const records = format === 'pax' ? paxRecordsOf(entry, fields) : [];
  const xattrs = Object.entries(entry.xattrs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, hex] of xattrs) records.push([`SCHILY.xattr.${latin1(name)}`, Buffer.from(hex, 'hex')]);
  for (const [key, value] of Object.entries(entry.pax ?? {})) records.push([latin1(key), bytesOf(value)]);
  const long = format === 'gnu' ? gnuLongNames(fields) : Buffer.alloc(0);
  const prefix = format === 'ustar' && entry.prefix === undefined ? splitName(fields) : Buffer.alloc(0);
  return { before: Buffer.concat([long, paxHeader(records, fields.name)]), prefix };
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Records for what the header cannot say, which is taken out of it. */
function paxRecordsOf(entry: CraftedEntry, fields: Fields): PaxPair[] {
  const records: PaxPair[] = [];
  const base256 = new Set(entry.base256);
  const { name, linkname, mtime } = fields;
  if (name.length > 100 || (!name.includes(0) && isHighUtf8(name))) {
    records.push(['path', name]);
    fields.name = asciiName(name);
  }
  if (linkname.length > 100 || isHighUtf8(linkname)) {
    records.push(['linkpath', linkname]);
    fields.linkname = asciiName(linkname);
  }
  if (typeof mtime === 'string' || (!base256.has('mtime') && !(mtime >= 0 && mtime < 8 ** 11))) {
    records.push(['mtime', Buffer.from(String(mtime))]);
    fields.mtime = typeof mtime === 'string' ? Math.max(0, Math.trunc(Number(mtime))) % 8 ** 11 : 0;
  }
  for (const key of ['uid', 'gid'] as const) {
    if (base256.has(key) || (fields[key] >= 0 && fields[key] < 8 ** 7)) continue;
    records.push([key, Buffer.from(String(fields[key]))]);
    fields[key] = 0;
  }
  if (!base256.has('size') && !(fields.size >= 0 && fields.size < 8 ** 11)) {
    records.push(['size', Buffer.from(String(fields.size))]);
    fields.size = 0;
  }
  return records;
}

function isHighUtf8(bytes: Buffer): boolean {
  return bytes.some((byte) => byte > 127) && Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

function asciiName(name: Buffer): Buffer {
  const ascii = name.map((byte) => (byte < 128 ? byte : 0x5f)).subarray(0, 100);
  const text = Buffer.from(ascii).toString('latin1').replace(/\/+$/, '');
  return Buffer.from(text === '' ? '_' : text, 'latin1');
}

function paxHeader(records: readonly PaxPair[], name: Buffer): Buffer {
  if (records.length === 0) return Buffer.alloc(0);
  const body = Buffer.concat(records.map(paxRecord));
  const base = name.subarray(name.lastIndexOf('/') + 1).subarray(0, 80);
  return Buffer.concat([
    extensionHeader(Buffer.concat([Buffer.from('PaxHeaders.0/'), base]), 'x', body.length),
    padded(body),
  ]);
}

function extensionHeader(name: Buffer, typeflag: string, size: number): Buffer {
  const plain = { linkname: Buffer.alloc(0), uid: 0, gid: 0, mtime: typeflag === 'x' ? defaultTime : 0 };
  const magic = Buffer.from(typeflag === 'x' ? magics.pax : magics.gnu, 'latin1');
  const how = { typeflag, magic, prefix: Buffer.alloc(0), v7: false };
  return headerBytes({ type: 'file' }, { ...plain, name, size }, how);
}

function paxRecord([key, value]: PaxPair): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

function gnuLongNames(fields: Fields): Buffer {
  const parts: Buffer[] = [];
  const marks = [
    ['linkname', 'K'],
    ['name', 'L'],
  ] as const;
  for (const [key, typeflag] of marks) {
    const text = fields[key];
    if (text.length <= 100) continue;
    const body = Buffer.concat([text, Buffer.alloc(1)]);
    parts.push(extensionHeader(Buffer.from('././@LongLink'), typeflag, body.length), padded(body));
    fields[key] = text.subarray(0, 100);
  }
  if (typeof fields.mtime === 'string') fields.mtime = Math.trunc(Number(fields.mtime));
  return Buffer.concat(parts);
}

/** Moves the directories of a long name to the prefix field. */
function splitName(fields: Fields): Buffer {
  const { name } = fields;
  if (name.length <= 100) return Buffer.alloc(0);
  for (let i = name.length - 2; i > 0; i -= 1) {
    if (name[i] !== 0x2f || i > 155 || name.length - i - 1 > 100) continue;
    fields.name = name.subarray(i + 1);
    return name.subarray(0, i);
  }
  throw new Error('the name does not fit into ustar');
}

interface HeaderForm {
  readonly typeflag: string;
  readonly magic: Buffer;
  readonly prefix: Buffer;
  readonly v7: boolean;
}

const layout = {
  name: 100,
  mode: 8,
  uid: 8,
  gid: 8,
  size: 12,
  mtime: 12,
  chksum: 8,
  typeflag: 1,
  linkname: 100,
  magic: 8,
  uname: 32,
  gname: 32,
  devmajor: 8,
  devminor: 8,
  prefix: 155,
  rest: 12,
} as const;

function headerBytes(entry: CraftedEntry, fields: Fields, form: HeaderForm): Buffer {
  const numbers: Partial<Record<string, number>> = {
    mode: entry.mode === undefined ? (defaultModes.get(entry.type) ?? 0o644) : Number.parseInt(entry.mode, 8),
    uid: fields.uid,
    gid: fields.gid,
    size: fields.size,
    mtime: Number(fields.mtime),
    ...(form.v7 ? {} : { devmajor: entry.devmajor ?? 0, devminor: entry.devminor ?? 0 }),
  };
  const texts: Partial<Record<string, Buffer>> = {
    name: fields.name,
    chksum: Buffer.from(' '.repeat(8)),
    typeflag: Buffer.from(form.typeflag, 'latin1'),
    linkname: fields.linkname,
    magic: form.magic,
    uname: bytesOf(entry.uname),
    gname: bytesOf(entry.gname),
    prefix: form.prefix,
  };
  const parts = Object.entries(layout).map(([key, width]) => {
    const raw = key === 'chksum' ? undefined : entry.fields?.[key];
    const number = numbers[key];
    const value =
      raw !== undefined ? bytesOf(raw) : number === undefined ? texts[key] : numberBytes(number, width, entry, key);
    return fitted(value ?? Buffer.alloc(0), width);
  });
  return withChecksum(Buffer.concat(parts), entry);
}

function numberBytes(value: number, width: number, entry: CraftedEntry, key: string): Buffer {
  const wide = entry.base256?.includes(key) === true || value < 0 || value >= 8 ** (width - 1);
  if (!wide) return Buffer.from(`${value.toString(8).padStart(width - 1, '0')}\0`);
  const bytes = Buffer.alloc(width);
  let rest = BigInt.asUintN(8 * width, BigInt(value));
  for (let i = width - 1; i >= 0; i -= 1) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = value >= 0 ? (bytes[0] ?? 0) | 0x80 : 0xff;
  return bytes;
}

function fitted(value: Buffer, width: number): Buffer {
  return Buffer.concat([value.subarray(0, width), Buffer.alloc(Math.max(0, width - value.length))]);
}

function withChecksum(header: Buffer, entry: CraftedEntry): Buffer {
  const signed = entry.checksum === 'signed';
  const sum = header.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), 0);
  const wrong = entry.badChecksum === true ? 1 : 0;
  const text = entry.fields?.chksum;
  const octal = Buffer.from(
    `${Math.max(0, sum + wrong)
      .toString(8)
      .padStart(6, '0')}\0 `,
  );
  (text === undefined ? octal : fitted(bytesOf(text), 8)).copy(header, 148);
  return header;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
