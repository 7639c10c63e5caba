import { O_CREAT, O_EXCL, O_WRONLY, type Fd, type Host, type Path } from '../../host/index.ts';
import type { Durability } from '../driver.ts';

/**
 * Writes a file that does not exist yet (EEXIST), with exactly that mode whatever the umask. When it cannot be written
 * whole, it is not there. With durability `layer` its content is on the disk when this returns; its name is only after
 * the directory was synced.
 */
export function writeNewFile(host: Host, path: Path, content: string, mode: number, durability: Durability): void {
  const { fs } = host;
  const fd = fs.open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  try {
    fillFile(host, fd, content, mode, durability);
  } catch (error) {
    fs.unlink(path);
    throw error;
  } finally {
    fs.close(fd);
  }
}

function fillFile({ fs }: Host, fd: Fd, content: string, mode: number, durability: Durability): void {
  fs.fchmod(fd, mode);
  fs.writeAll(fd, Buffer.from(content, 'latin1'));
  if (durability !== 'none') fs.fsync(fd);
}
