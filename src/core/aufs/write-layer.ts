import type { Host, Path } from '../../host/index.ts';
import { Packer } from '../archive/pack/packer.ts';
import { rootDiffers } from '../archive/pack/root-entry.ts';
import type { WriteOptions } from '../archive/options.ts';
import type { ByteStream } from '../driver.ts';
import { Pace } from '../files/pace.ts';
import { walkBranch, type BranchEntry } from './branch.ts';

/**
 * The archive of a layer's own directory. Aufs marks what is gone as the image format does, so that only its own names are left
 * out. `below` is the directory of the layer below, `undefined` for a base layer. The archive is canonical, as all are.
 */
export async function* writeBranch(host: Host, diff: Path, below: Path | undefined, options: WriteOptions): ByteStream {
  const pace = new Pace(host.system);
  const root = host.fs.openRoot(diff);
  const packer = new Packer(host.fs, options);
  try {
    if (rootDiffers(host, root, below, options)) packer.root(root);
    for (const entry of walkBranch(root)) {
      put(packer, entry);
      if (packer.due) yield* packer.drain();
      await pace.step();
    }
    yield* packer.end();
  } finally {
    packer.close();
    root.close();
  }
}

function put(packer: Packer, entry: BranchEntry): void {
  if (entry.kind === 'whiteout') packer.whiteout(entry.path, entry.name);
  else if (entry.kind === 'opaque') packer.opaque(entry.path);
  else packer.member(entry.parent, entry.name, entry.path, entry.stat);
}
