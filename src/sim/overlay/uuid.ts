import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { getPrivate, setPrivate } from './layer-xattr.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

const uuidSize = 16;

/**
 * Reads the overlay's UUID from its upper root, or makes one where this is the first mount of it (ovl_init_uuid_xattr, R42,
 * R43, R44). Without one, statfs shows the upper filesystem's.
 */
export function setUpUuid(overlay: OverlaySuperblock, upperRoot: Dentry): void {
  const { config } = overlay;
  const stored = getPrivate(overlay, upperRoot, 'uuid');
  if (typeof stored !== 'number' && stored.length === uuidSize) {
    overlay.uuid = Uint8Array.from(stored);
    return;
  }
  if (stored !== -errno.ENODATA) {
    fallBack(overlay, upperRoot, 'get', typeof stored === 'number' ? stored : readResult(stored));
    return;
  }
  if (config.uuid === 'auto') {
    const impure = getPrivate(overlay, upperRoot, 'impure');
    if (typeof impure !== 'number' && impure.length > 0) {
      config.uuid = 'null';
      return;
    }
    if (impure === -errno.ENODATA) config.uuid = 'on';
    else if (typeof impure === 'number') {
      fallBack(overlay, upperRoot, 'get', impure);
      return;
    }
  }
  const uuid = randomUuid(overlay.kernel.randomBytes(uuidSize));
  const answer = setPrivate(overlay, upperRoot, 'uuid', uuid);
  if (answer < 0) fallBack(overlay, upperRoot, 'set', answer);
  else overlay.uuid = uuid;
}

/** What reading a value of another size into sixteen bytes answers. */
function readResult(value: Uint8Array): number {
  return value.length > uuidSize ? -errno.ERANGE : value.length;
}

function fallBack(overlay: OverlaySuperblock, upperRoot: Dentry, what: 'get' | 'set', answer: number): void {
  overlay.config.uuid = 'null';
  overlay.log(`failed to ${what} uuid (${shownDentry(upperRoot)}, err=${answer}); falling back to uuid=null.`);
}

/** A random UUID of version 4. */
function randomUuid(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const uuid = Uint8Array.from(bytes);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}
