import type { Dirent } from '../stat.ts';

/** Where a struct linux_dirent64 has its fields; all are little-endian. */
const offsetOf = { ino: 0, off: 8, reclen: 16, type: 18, name: 19 } as const;

/** The records in the first `length` bytes of `buffer`, as getdents64(2) wrote them. */
export function direntsFrom(buffer: Buffer, length: number): readonly Dirent[] {
  const entries: Dirent[] = [];
  for (let at = 0; at < length; at += buffer.readUInt16LE(at + offsetOf.reclen)) {
    const nameStart = at + offsetOf.name;
    entries.push({
      name: buffer.toString('latin1', nameStart, buffer.indexOf(0, nameStart)),
      type: buffer.readUInt8(at + offsetOf.type),
      ino: buffer.readBigUInt64LE(at + offsetOf.ino),
      off: buffer.readBigUInt64LE(at + offsetOf.off),
    });
  }
  return entries;
}
