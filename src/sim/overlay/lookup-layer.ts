import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import type { Layer } from './layer.ts';
import { isWhiteoutIn, metacopyMark, opaqueMark, redirectOf } from './layer-xattr.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** What a lookup has learnt on its way down through the layers (struct ovl_lookup_data). */
export class LayerLookup {
  readonly overlay: OverlaySuperblock;
  /** The name to look for: one component, or after an absolute redirect a path from the root of every lower layer. */
  name: string;
  layer: Layer;
  isDirectory = false;
  /** A whiteout, or a directory marked opaque, was found. */
  opaque = false;
  /** A lower directory that was found is marked opaque=x. */
  xwhiteouts = false;
  /** No layer below counts any more. */
  stop = false;
  /** The layer is the last that is looked at: what it redirects to does not matter. */
  last: boolean;
  /** The name, after the last redirect that was found. */
  redirect: string | undefined;
  absoluteRedirect = false;
  /** What was found last is a metacopy: its data is further down. */
  metacopy = false;

  constructor(overlay: OverlaySuperblock, name: string, layer: Layer, last: boolean) {
    this.overlay = overlay;
    this.name = name;
    this.layer = layer;
    this.last = last;
  }

  /** Looks in the current layer: what it holds, `null` for nothing that counts, or an errno (ovl_lookup_layer). */
  lookUp(base: Dentry): Dentry | null | number {
    if (!this.name.startsWith('/')) return this.#single(base, this.name, 0, '');
    // The prefix of the path changes as redirects are found in it, what remains does not.
    let remaining = this.name.length - 1;
    let directory = base;
    for (;;) {
      const start = this.name.length - remaining;
      const slash = this.name.indexOf('/', start);
      const end = slash < 0 ? this.name.length : slash;
      const found = this.#single(directory, this.name.slice(start, end), start, this.name.slice(end));
      if (found === null || typeof found === 'number' || slash < 0) return found;
      if (!positive(found).isDirectory) return null;
      remaining -= end - start + 1;
      directory = found;
    }
  }

  /** Looks for one component; `start` is where it begins in the path, `rest` what follows it (ovl_lookup_single). */
  #single(base: Dentry, name: string, start: number, rest: string): Dentry | null | number {
    const found = lookupOne(this.overlay.creator, base, name);
    if (typeof found === 'number') return found === -errno.ENOENT || found === -errno.ENAMETOOLONG ? null : found;
    if (found.inode === null) return null;
    if (isWhiteoutIn(this.overlay, found)) {
      this.stop = true;
      this.opaque = true;
      return null;
    }
    const isLast = rest === '';
    if (isLast && this.metacopy && !found.inode.isRegular) return this.#end();
    if (!found.inode.isDirectory) {
      if (this.isDirectory || !isLast) return this.#end();
      return this.#file(found, start);
    }
    return this.#directory(found, start, rest);
  }

  /** R76: what is of another kind ends the merge. */
  #end(): null {
    this.stop = true;
    return null;
  }

  /** Of a file's marks a redirect counts only beside that of a metacopy (R156). */
  #file(found: Dentry, start: number): Dentry | number {
    const mark = metacopyMark(this.overlay, found);
    if (mark < 0) return mark;
    this.metacopy = mark > 0;
    this.stop = !this.metacopy;
    if (!this.metacopy || this.last) return found;
    return this.#followRedirect(found, start, '');
  }

  #directory(found: Dentry, start: number, rest: string): Dentry | number {
    const { overlay, layer } = this;
    if (overlay.traps.has(positive(found))) return this.#trapped(found);
    const isLast = rest === '';
    if (isLast) this.isDirectory = true;
    if (this.last) return found;
    const mark = opaqueMark(overlay, found);
    if (isLast && layer.index > 0 && mark === 'x') {
      this.xwhiteouts = true;
      layer.hasXwhiteouts = true;
    } else if (mark === 'y') {
      this.stop = true;
      if (isLast) this.opaque = true;
      return found;
    }
    return this.#followRedirect(found, start, rest);
  }

  /** R51: the root of another layer, or a work directory, inside of this one. */
  #trapped(found: Dentry): number {
    const side = this.layer.index === 0 ? 'upper' : 'lower';
    const where = `${shownDentry(found.parent)}, name='${found.name}', err=${-errno.ELOOP}`;
    this.overlay.log(`failed lookup in ${side} (${where}): overlapping layers`);
    return -errno.ELOOP;
  }

  /** Puts a redirect in the place of the component, for the layers below (ovl_check_redirect, R154). */
  #followRedirect(found: Dentry, start: number, rest: string): Dentry | number {
    this.absoluteRedirect = false;
    const redirect = redirectOf(this.overlay, found);
    if (typeof redirect === 'number') return redirect;
    if (redirect === undefined) return found;
    if (redirect.startsWith('/')) {
      this.absoluteRedirect = true;
      // A directory on the way may have been opaque, but this says where to go on.
      this.stop = false;
      this.name = redirect + rest;
    } else {
      this.name = this.name.slice(0, start) + redirect + rest;
    }
    this.redirect = this.name;
    return found;
  }
}
