import type { Driver } from '../../src/core/driver.ts';
import { allDrivers } from '../../src/core/drivers.ts';
import type { LayerId } from '../../src/core/layer-id.ts';
import { pathFromText, type Host } from '../../src/host/index.ts';
import { linuxHost } from '../../src/host/linux/index.ts';

export { readWhole } from '../../src/cli/image/file-source.ts';

/** The running kernel. @throws Error where there is none */
export function thisKernel(): Host {
  const linux = linuxHost();
  if (!linux.ok) throw new Error(linux.reason);
  return linux.host;
}

/** overlay2 on the running kernel, as the command opens it. */
export async function openOverlay2(root: string): Promise<Driver> {
  const { driver } = await allDrivers().new('overlay2', {
    host: thisKernel(),
    root: pathFromText(root),
    options: [],
    durability: 'layer',
    warn: (message) => {
      console.error(message);
    },
  });
  return driver;
}

/** Reads a layer's archive to its end; answers its bytes. */
export async function diffSink(driver: Driver, id: LayerId): Promise<number> {
  let bytes = 0;
  for await (const chunk of await driver.diff(id, '')) bytes += chunk.length;
  return bytes;
}
