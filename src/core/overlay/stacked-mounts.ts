import type { Host, Path } from '../../host/index.ts';
import type { Holdable } from '../mounts/hold.ts';
import { Holders } from '../mounts/holders.ts';

/*
 * How Docker 1.10 held layers (quirk stack-mounts, graph-drivers.md 1.1): by the count alone, whatever is mounted. The last
 * holder's unmount is not a detaching one, and the count is gone even where it fails, so that the next holder mounts the layer
 * a second time on top of the first.
 */

/** One holder more; the first one mounts, whatever is mounted there already. Runs under the home's lock. */
export function holdByCount(host: Host, { holders: file, view }: Holdable): Path {
  const holders = new Holders(host, file);
  const count = holders.read() ?? 0;
  if (view.kind === 'directory') {
    holders.write(count + 1);
    return view.directory;
  }
  if (count === 0) view.mount();
  holders.write(count + 1);
  return view.target;
}

/** One holder less; the last one unmounts. Runs under the home's lock. @throws SystemError of umount2(2), EBUSY among them */
export function releaseByCount(host: Host, { holders: file, view }: Holdable): void {
  const holders = new Holders(host, file);
  const count = holders.read() ?? 0;
  holders.write(Math.max(count - 1, 0));
  if (count === 1 && view.kind === 'mount') host.mount.umount2(view.target, 0);
}
