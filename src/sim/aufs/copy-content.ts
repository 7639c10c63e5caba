import { O_NOATIME, O_RDONLY, O_WRONLY } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { closeFile, openPath } from '../vfs/file.ts';
import { ATTR_FORCE, ATTR_SIZE, iattr } from '../vfs/iattr.ts';
import { notifyChange } from '../vfs/attr.ts';
import type { VfsPath } from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';

/** Bytes that are copied at a time; a block of zeros becomes a hole. */
const blockSize = 4096;

/** Copies the first `length` bytes of a file to an empty one, by sharing them where the filesystem can. */
export function copyContent(cred: Credentials, from: VfsPath, to: VfsPath, length: number): number {
  const source = openPath(cred, from, O_RDONLY | O_NOATIME);
  if (typeof source === 'number') return source;
  const target = openPath(cred, to, O_WRONLY);
  const answer = typeof target === 'number' ? target : copyOpen(cred, source, target, length);
  if (typeof target !== 'number') closeFile(target);
  closeFile(source);
  return answer;
}

function copyOpen(cred: Credentials, source: OpenFile, target: OpenFile, length: number): number {
  const whole = length === source.inode.size && source.inode.sb === target.inode.sb;
  if (whole && target.ops.clone(cred, target, source) === 0) return 0;
  const block = new Uint8Array(blockSize);
  for (let at = 0; at < length;) {
    const iocb = { cred, pos: at, append: false };
    const count = source.ops.read(source, block.subarray(0, Math.min(blockSize, length - at)), iocb);
    if (count <= 0) return count;
    const written = writeUnlessZero(cred, target, block.subarray(0, count), at);
    if (written < 0) return written;
    at += count;
  }
  return endWithHole(cred, target, length);
}

function writeUnlessZero(cred: Credentials, target: OpenFile, bytes: Uint8Array, at: number): number {
  if (bytes.every((byte) => byte === 0)) return 0;
  for (let done = 0; done < bytes.length;) {
    const iocb = { cred, pos: at + done, append: false };
    const answer = target.ops.write(target, bytes.subarray(done), iocb);
    if (answer < 0) return answer;
    done += answer;
  }
  return 0;
}

/** A hole at the end is there only by the size. */
function endWithHole(cred: Credentials, target: OpenFile, length: number): number {
  if (target.inode.size >= length) return 0;
  const attr = iattr(ATTR_SIZE | ATTR_FORCE);
  attr.size = length;
  return notifyChange(cred, target.dentry, attr);
}
