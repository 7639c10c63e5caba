import { describe, expect, it } from 'vitest';
import { removeTree } from '../../../src/core/files/remove-tree.ts';
import { join, type Path } from '../../../src/host/index.ts';
import { SimHost } from '../../../src/sim/index.ts';
import type { Person } from '../../laws/ownership.ts';
import { vfs } from '../../laws/vfs.ts';
import { SimWorld } from '../sim-world.ts';

const user: Person = { uid: 1000, gid: 1000 };

/** A machine's host as root and as a user, who owns `tree`. */
function machine(): { readonly asRoot: SimHost; readonly asUser: SimHost; readonly tree: Path } {
  const { host, directory } = new SimWorld(vfs, undefined, { user }).start();
  if (!(host instanceof SimHost)) throw new Error('a simulated machine has a simulated host');
  const tree = join(directory, 'tree');
  host.fs.mkdir(tree, 0o755);
  return { asRoot: new SimHost(host.machine), asUser: host, tree };
}

describe('an ordinary user', () => {
  it.each(['0', '100', '300', '444', '500', '555'])('removes own directories of mode %s', async (mode) => {
    const { asUser, tree } = machine();
    for (const name of ['a', 'a/b', 'a/b/c', 'd']) asUser.fs.mkdir(join(tree, name), 0o755);
    for (const name of ['d', 'a/b', 'a', '']) asUser.fs.chmod(join(tree, name), parseInt(mode, 8));
    await removeTree(asUser, tree);
    expect(asUser.fs.lstatIfExists(tree)).toBeUndefined();
  });

  it("does not remove what is in another's directory, and is told so", async () => {
    const { asRoot, asUser, tree } = machine();
    for (const name of ['a', 'a/b']) asRoot.fs.mkdir(join(tree, name), 0o755);
    asUser.fs.chmod(tree, 0o555);
    await expect(removeTree(asUser, tree)).rejects.toMatchObject({ code: 'EACCES' });
    expect(asUser.fs.lstat(join(tree, 'a/b')).permissions).toBe(0o755);
  });

  it('leaves a mount as it is, though nobody may read it', async () => {
    const { asRoot, asUser, tree } = machine();
    const mounted = join(tree, 'mounted');
    asRoot.fs.mkdir(mounted, 0o755);
    asRoot.mount.mount('none', mounted, 'tmpfs', 0, 'mode=300,uid=1000');
    asRoot.fs.mkdir(join(mounted, 'full'), 0o755);
    await expect(removeTree(asUser, tree)).rejects.toMatchObject({ code: 'EBUSY' });
    expect(asRoot.fs.lstat(mounted).permissions).toBe(0o300);
  });
});
