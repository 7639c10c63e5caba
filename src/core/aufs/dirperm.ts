import { isSystemError, join, type Host, type Path } from '../../host/index.ts';
import { buildAside } from '../files/build-aside.ts';
import { xinoPath } from './mount-plan.ts';

/** Whether this aufs knows the option dirperm1: one trial mount tells, in a directory of its own below `home`. */
export async function knowsDirperm1(host: Host, home: Path, warn: (message: string) => void): Promise<boolean> {
  return buildAside({ host, parent: home, warn }, (directory) => {
    const [branch, target] = [join(directory, 'base'), join(directory, 'union')];
    for (const made of [branch, target]) host.fs.mkdir(made, 0o700);
    return Promise.resolve(tryMount(host, branch, target));
  });
}

function tryMount(host: Host, branch: Path, target: Path): boolean {
  try {
    host.mount.mount('none', target, 'aufs', 0, `br:${branch},dirperm1,xino=${xinoPath}`);
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
  host.mount.umount2(target, 0);
  return true;
}
