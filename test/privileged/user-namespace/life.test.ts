import { describe, it } from 'vitest';
import { overlay } from '../../laws/overlay.ts';
import { lifeWithRootAlone } from '../../laws/user-namespace.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

// Runs as root here, and in user namespaces by namespaces.test.ts.

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: a container's life on this kernel: ${why}`);

describe.skipIf(why !== undefined).each([overlay2(), overlay, vfs])("a container's life with $name", (driver) => {
  it('works with root as the only id', async () => {
    const world = new LinuxWorld(driver);
    try {
      await lifeWithRootAlone(world);
    } finally {
      world.end();
    }
  });
});
