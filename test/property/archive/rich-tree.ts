import { join, makedev, O_CREAT, O_WRONLY, S_IFBLK, S_IFCHR, S_IFIFO, type Path } from '../../../src/host/index.ts';
import type { Scratch } from './scratch.ts';

/** An ACL of version 2: owner rw, user 1000 r, group r, mask rw, others nothing. */
const acl = Buffer.from(
  '0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000000ffffffff',
  'hex',
);
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');

/** Makes a tree with all that a layer can hold: every type, odd names, attributes of every kind, times of every kind. */
export function makeRichTree({ host, directory }: Scratch): Path {
  const { fs } = host;
  const root = join(directory, 'rich');
  const at = (...parts: string[]): Path => join(root, ...parts);
  const write = (path: Path, content: Uint8Array, mode = 0o644): void => {
    const fd = fs.open(path, O_WRONLY | O_CREAT, 0o600);
    fs.writeAll(fd, content);
    fs.fchmod(fd, mode);
    fs.close(fd);
  };
  fs.mkdir(root, 0o755);
  fs.mkdir(at('dir'), 0o700);
  fs.chmod(at('dir'), 0o1777);
  fs.lchown(at('dir'), 3_000_000_000, 2_097_152);
  write(at('dir', 'empty'), Buffer.alloc(0), 0);
  write(at('dir', 'setuid'), Buffer.from('#!'), 0o4755);
  write(at('dir', 'block'), Buffer.alloc(512, 1));
  write(at('dir', 'large'), Buffer.alloc(700_001, 'large '));
  fs.link(at('dir', 'large'), at('dir', 'also large'));
  fs.link(at('dir', 'large'), at('an early name'));
  write(at('n'.repeat(100)), Buffer.from('100'));
  write(at('n'.repeat(101)), Buffer.from('101'));
  fs.mkdir(at('d'.repeat(200)), 0o755);
  write(at('d'.repeat(200), 'f'.repeat(200)), Buffer.from('deep'));
  write(at('caf\xc3\xa9'), Buffer.from('UTF-8'));
  write(at('not \xff UTF-8'), Buffer.from('bytes'));
  write(at('new\nline and \\ and "'), Buffer.from('odd'));
  write(at('...'), Buffer.from('dots'));
  fs.symlink('/nowhere' as Path, at('dangling'));
  fs.symlink('../caf\xc3\xa9' as Path, at('dir', 'relative'));
  fs.symlink('t'.repeat(300) as Path, at('long target'));
  fs.lchown(at('dangling'), 7, 8);
  fs.mknod(at('fifo'), S_IFIFO | 0o640, 0);
  fs.mknod(at('null'), S_IFCHR | 0o666, makedev(1, 3));
  fs.mknod(at('disk'), S_IFBLK | 0o600, makedev(4095, 1_048_575));
  fs.lsetxattr(at('dir', 'setuid'), 'security.capability', capability);
  fs.lsetxattr(at('dir', 'block'), 'user.binary', Buffer.from([0, 255, 10, 61, 0]));
  fs.lsetxattr(at('dir', 'block'), 'trusted.md', Buffer.from('kept'));
  fs.lsetxattr(at('dir', 'block'), 'system.posix_acl_access', acl);
  fs.lsetxattr(at('dir'), 'user.of a directory', Buffer.from('='));
  fs.lsetxattr(at('dangling'), 'trusted.of.a.symlink', Buffer.from('x'));
  setTimes();
  return root;

  function setTimes(): void {
    const set = (path: Path, sec: number, nsec: number): void => {
      fs.lutimens(path, { sec, nsec }, { sec, nsec });
    };
    set(at('dir', 'empty'), 0, 0);
    set(at('dir', 'setuid'), 1, 1);
    set(at('dir', 'block'), -1, 500_000_000);
    set(at('dir', 'large'), 1_600_000_000, 123_456_789);
    set(at('caf\xc3\xa9'), 2 ** 33, 0);
    set(at('...'), -(2 ** 31), 0);
    set(at('dangling'), 4_000_000_000, 999_999_999);
    set(at('fifo'), 5, 0);
    set(at('dir'), 1_234_567_890, 987_654_321);
    set(at('d'.repeat(200)), 42, 0);
  }
}
