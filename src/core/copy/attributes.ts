import { isSystemError, type Dir, type Fd, type FileSystem, type Name, type Stat } from '../../host/index.ts';

/** Which extended attributes a copy takes over, and what happens to those that cannot be set. */
export interface XattrRule {
  readonly carries: (attribute: string) => boolean;
  /** Told of an attribute that the copy could not be given. Without it that is an error, and the copy fails. */
  readonly lost?: (attribute: string, error: Error) => void;
}

/** Sets a copy's owner, extended attributes, mode and times to those of what it is a copy of. */
export class Attributes {
  readonly #fs: FileSystem;
  readonly #rule: XattrRule;

  constructor(fs: FileSystem, rule: XattrRule) {
    this.#fs = fs;
    this.#rule = rule;
  }

  /**
   * Of open files and directories. The order matters: a change of owner takes set-id bits and capabilities away, an ACL
   * changes the mode, and everything changes the times.
   */
  toDescriptor(from: Fd, stat: Stat, to: Fd): void {
    const fs = this.#fs;
    fs.fchown(to, stat.uid, stat.gid);
    for (const attribute of this.#carried(() => fs.flistxattr(from))) {
      this.#set(attribute, () => {
        fs.fsetxattr(to, attribute, fs.fgetxattr(from, attribute));
      });
    }
    fs.fchmod(to, stat.permissions);
    fs.futimens(to, stat.atime, stat.mtime);
  }

  /** Of what cannot be opened without consequences; a symlink has no mode of its own. */
  toName(from: Dir, to: Dir, name: Name, stat: Stat): void {
    to.lchown(name, stat.uid, stat.gid);
    for (const attribute of this.#carried(() => from.llistxattr(name))) {
      this.#set(attribute, () => {
        to.lsetxattr(name, attribute, from.lgetxattr(name, attribute));
      });
    }
    if (stat.type !== 'symlink') to.chmod(name, stat.permissions);
    to.lutimens(name, stat.atime, stat.mtime);
  }

  #carried(list: () => readonly string[]): readonly string[] {
    try {
      const names = list();
      return names.length === 0 ? names : names.filter(this.#rule.carries);
    } catch (error) {
      if (isSystemError(error, 'EOPNOTSUPP')) return [];
      throw error;
    }
  }

  #set(attribute: string, copy: () => void): void {
    try {
      copy();
    } catch (error) {
      const { lost } = this.#rule;
      if (lost === undefined || !isSystemError(error, 'EOPNOTSUPP', 'EPERM')) throw error;
      lost(attribute, error);
    }
  }
}
