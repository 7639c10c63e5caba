import { errno } from '../../host/errno.ts';
import { AT_FDCWD } from '../../host/constants.ts';
import { PATH_MAX } from '../../host/path.ts';
import { touchAtime } from '../vfs/atime.ts';
import { CAP_DAC_READ_SEARCH, nsCapable, type Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import {
  LOOKUP_BENEATH,
  LOOKUP_DIRECTORY,
  LOOKUP_EMPTY,
  LOOKUP_FOLLOW,
  LOOKUP_IN_ROOT,
  LOOKUP_IS_SCOPED,
  LOOKUP_LINKAT_EMPTY,
  LOOKUP_NO_SYMLINKS,
  LOOKUP_NO_XDEV,
} from '../vfs/lookup.ts';
import { MNT_NOSYMFOLLOW, positive, type Mount, type VfsPath } from '../vfs/mount.ts';
import { lookupChild } from '../vfs/namei.ts';
import { inodePermission, MAY_EXEC } from '../vfs/permission.ts';
import { mayFollowLink } from './hardening.ts';
import { isPathBelow, mountedOn, mountpointAbove } from './mount-tree.ts';
import type { Process } from './process.ts';

/** What the last component of a path is. */
export type LastType = 'name' | 'dot' | 'dotdot' | 'root';

/** The most symlinks that one lookup follows. */
const maxSymlinks = 40;

/** Where a component stands: in the middle of a path, at the end of a symlink in the middle, or at the very end. */
type Position = 'inner' | 'trailing';

/** Whether the kernel takes this string as a path at all (getname). */
export function checkPath(path: string, lookup: number): number {
  if (path === '') return (lookup & LOOKUP_EMPTY) !== 0 ? 0 : -errno.ENOENT;
  if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
  return path.includes('\0') ? -errno.EINVAL : 0;
}

/** A walk along a path (struct nameidata of fs/namei.c). Answers are 0 or a negative errno; the place is `mount`, `dentry`. */
export class Walk implements VfsPath {
  readonly #process: Process;
  readonly #cred: Credentials;
  #mount: Mount;
  #dentry: Dentry;
  #root: VfsPath;
  /** Whether the kernel would have looked the root up by now: before, RESOLVE_NO_XDEV knows no root that is allowed. */
  #rootKnown = false;
  #flags = 0;
  #links = 0;
  /** The last component, which parent() leaves alone. */
  last = '';
  lastType: LastType = 'root';
  /** Whether slashes follow the last component. */
  trailingSlash = false;

  constructor(process: Process, cred: Credentials = process.cred) {
    this.#process = process;
    this.#cred = cred;
    this.#mount = process.cwd.mount;
    this.#dentry = process.cwd.dentry;
    this.#root = process.root;
  }

  get mount(): Mount {
    return this.#mount;
  }

  get dentry(): Dentry {
    return this.#dentry;
  }

  get inode(): Inode {
    return positive(this.#dentry);
  }

  /** The place as a value of its own. */
  path(): VfsPath {
    return { mount: this.#mount, dentry: this.#dentry };
  }

  /** Whether the lookup asks for a directory: said by the caller, or by a slash at the end. */
  get wantsDirectory(): boolean {
    return (this.#flags & LOOKUP_DIRECTORY) !== 0;
  }

  /** Finds the object that a path leads to (path_lookupat). */
  lookup(dirfd: number, path: string, lookup: number): number {
    const answer = this.start(dirfd, path, lookup);
    if (answer < 0) return answer;
    for (let rest = path; ;) {
      const walked = this.walkParents(rest);
      if (walked < 0) return walked;
      const link = this.lookupLast();
      if (typeof link === 'string') {
        rest = link;
        continue;
      }
      return link < 0 ? link : this.#arrive();
    }
  }

  /** Finds the directory of the last component, which stays unresolved in `last` (filename_parentat). */
  parent(dirfd: number, path: string): number {
    const answer = this.start(dirfd, path, 0);
    return answer < 0 ? answer : this.walkParents(path);
  }

  /** Takes the last step of a lookup; the target of a symlink that is to be followed next, or an answer (lookup_last). */
  lookupLast(): number | string {
    this.noteTrailingSlash();
    return this.#walkComponent(this.last, this.lastType, 'trailing');
  }

  /** A slash after the last name follows a symlink and demands a directory. */
  noteTrailingSlash(): void {
    if (this.lastType === 'name' && this.trailingSlash) this.#flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
  }

  /** The last checks at the end of a walk (complete_walk). */
  complete(): number {
    const scoped = (this.#flags & LOOKUP_IS_SCOPED) !== 0;
    return scoped && !isPathBelow(this, this.#root) ? -errno.EXDEV : 0;
  }

  #arrive(): number {
    const answer = this.complete();
    if (answer < 0) return answer;
    return this.wantsDirectory && !this.inode.isDirectory ? -errno.ENOTDIR : 0;
  }

  /** Goes to where the path begins (path_init). */
  start(dirfd: number, path: string, lookup: number): number {
    const answer = checkPath(path, lookup);
    if (answer < 0) return answer;
    this.#flags = lookup;
    if (path.startsWith('/') && (lookup & LOOKUP_IN_ROOT) === 0) {
      if ((lookup & LOOKUP_BENEATH) !== 0) return -errno.EXDEV;
      this.#rootKnown = true;
      this.#goTo(this.#root);
      return 0;
    }
    if (dirfd !== AT_FDCWD) {
      const begun = this.#startAt(dirfd, path);
      if (begun < 0) return begun;
    }
    if ((lookup & LOOKUP_IS_SCOPED) !== 0) {
      this.#root = this.path();
      this.#rootKnown = true;
    }
    return 0;
  }

  #startAt(dirfd: number, path: string): number {
    const file = this.#process.descriptors.getRaw(dirfd);
    if (file === undefined) return -errno.EBADF;
    if ((this.#flags & LOOKUP_LINKAT_EMPTY) === LOOKUP_LINKAT_EMPTY && file.cred !== this.#process.cred) {
      if (!nsCapable(this.#cred, file.cred.userNamespace, CAP_DAC_READ_SEARCH)) return -errno.ENOENT;
    }
    if (path !== '' && !file.inode.isDirectory) return -errno.ENOTDIR;
    this.#goTo(file);
    return 0;
  }

  /** Walks all components but the last (link_path_walk). */
  walkParents(path: string): number {
    let name = path;
    let at = skipSlashes(name, 0);
    this.lastType = 'root';
    this.trailingSlash = false;
    if (at === name.length) return 0;
    const outer: { readonly name: string; readonly at: number }[] = [];
    for (;;) {
      const allowed = inodePermission(this.#cred, this.inode, MAY_EXEC);
      if (allowed < 0) return allowed;
      const end = endOfComponent(name, at);
      const component = name.slice(at, end);
      const next = skipSlashes(name, end);
      if (next === name.length) {
        const resumed = outer.pop();
        if (resumed === undefined) return this.#leaveLast(component, end < name.length);
        ({ name, at } = resumed);
      } else {
        at = next;
      }
      const link = this.#walkComponent(component, typeOf(component), 'inner');
      if (typeof link === 'string') {
        outer.push({ name, at });
        name = link;
        at = 0;
      } else {
        if (link < 0) return link;
        if (!this.inode.isDirectory) return -errno.ENOTDIR;
      }
    }
  }

  #leaveLast(component: string, trailingSlash: boolean): number {
    this.last = component;
    this.lastType = typeOf(component);
    this.trailingSlash = trailingSlash;
    return 0;
  }

  /** One step; the target of a symlink that must be walked next (without the slashes it began with), or an answer. */
  #walkComponent(component: string, type: LastType, position: Position): number | string {
    if (type === 'dotdot') return this.#toParent();
    if (type !== 'name') return 0;
    const dentry = lookupChild(this.#cred, this.#dentry, component);
    return typeof dentry === 'number' ? dentry : this.stepInto(dentry, position);
  }

  /** Goes to a dentry of the present directory: through mounts, and along a symlink where it is to be followed (step_into). */
  stepInto(dentry: Dentry, position: Position): number | string {
    const from = this.#dentry;
    const fromMount = this.#mount;
    this.#dentry = dentry;
    if (dentry.mounts > 0) {
      const answer = this.#crossMounts();
      if (answer < 0) return answer;
    }
    const { inode } = this.#dentry;
    if (inode === null) return -errno.ENOENT;
    const follow = position === 'inner' || (this.#flags & LOOKUP_FOLLOW) !== 0;
    if (!inode.isSymlink || !follow) return 0;
    return this.#followLink(inode, { mount: fromMount, dentry: from }, position);
  }

  #crossMounts(): number {
    for (let mount = mountedOn(this); mount !== undefined; mount = mountedOn(this)) {
      if ((this.#flags & LOOKUP_NO_XDEV) !== 0) return -errno.EXDEV;
      this.#mount = mount;
      this.#dentry = mount.root;
    }
    return 0;
  }

  /** Reads a symlink and goes back to the directory that it lies in, or to the root for an absolute one (pick_link). */
  #followLink(inode: Inode, directory: VfsPath, position: Position): number | string {
    this.#links += 1;
    if (this.#links > maxSymlinks) return -errno.ELOOP;
    if (position === 'trailing') {
      const allowed = mayFollowLink(this.#cred, inode, positive(directory.dentry));
      if (allowed < 0) return allowed;
    }
    if ((this.#flags & LOOKUP_NO_SYMLINKS) !== 0 || (this.#mount.flags & MNT_NOSYMFOLLOW) !== 0) return -errno.ELOOP;
    touchAtime(this);
    const target = inode.getLink(this.#cred, this.#dentry);
    if (typeof target === 'number') return target;
    this.#goTo(directory);
    if (!target.startsWith('/')) return target === '' ? 0 : target;
    const jumped = this.#jumpToRoot();
    if (jumped < 0) return jumped;
    const rest = skipSlashes(target, 0);
    return rest === target.length ? 0 : target.slice(rest);
  }

  #jumpToRoot(): number {
    if ((this.#flags & LOOKUP_BENEATH) !== 0) return -errno.EXDEV;
    const sameMount = this.#rootKnown && this.#mount === this.#root.mount;
    if ((this.#flags & LOOKUP_NO_XDEV) !== 0 && !sameMount) return -errno.EXDEV;
    this.#rootKnown = true;
    this.#goTo(this.#root);
    return 0;
  }

  /** `..`: the directory above, out of the mount if need be, never out of the root (follow_dotdot). */
  #toParent(): number {
    this.#rootKnown = true;
    const answer = this.#climb();
    return answer < 0 || this.#dentry.mounts === 0 ? answer : this.#crossMounts();
  }

  #climb(): number {
    const atRoot = this.#dentry === this.#root.dentry && this.#mount === this.#root.mount;
    if (!atRoot && this.#dentry === this.#mount.root) {
      const above = mountpointAbove(this.#mount, this.#root);
      if (above === undefined) return this.#stayInRoot();
      if ((this.#flags & LOOKUP_NO_XDEV) !== 0) return -errno.EXDEV;
      this.#goTo(above);
    } else if (atRoot) {
      return this.#stayInRoot();
    }
    const { parent } = this.#dentry;
    // A directory that was moved out of a bind mount's tree has no way back.
    if (this.#mount.root !== this.#mount.sb.root && !parent.isBelow(this.#mount.root)) return -errno.ENOENT;
    this.#dentry = parent;
    return 0;
  }

  #stayInRoot(): number {
    return (this.#flags & LOOKUP_BENEATH) !== 0 ? -errno.EXDEV : 0;
  }

  #goTo({ mount, dentry }: VfsPath): void {
    this.#mount = mount;
    this.#dentry = dentry;
  }
}

const slash = 0x2f;

function skipSlashes(path: string, from: number): number {
  let at = from;
  while (path.charCodeAt(at) === slash) at += 1;
  return at;
}

function endOfComponent(path: string, from: number): number {
  const end = path.indexOf('/', from);
  return end < 0 ? path.length : end;
}

function typeOf(component: string): LastType {
  if (component === '.') return 'dot';
  return component === '..' ? 'dotdot' : 'name';
}
