import type { ByteStream, Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId, type ParentId } from '../../src/core/layer-id.ts';
import type { Host } from '../../src/host/index.ts';
import { performAll, type AimedEdit } from './edits.ts';
import type { Layer } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { readView, type View } from './view.ts';

/** Makes a chain of layers out of archives; answers their ids, base first. */
export async function stackUp(driver: Driver, layers: readonly Layer[]): Promise<readonly LayerId[]> {
  const ids: LayerId[] = [];
  for (const [n, layer] of layers.entries()) {
    const id = layerId(`layer-${n}`);
    await driver.createFromDiff(id, ids.at(-1) ?? '', archiveOf(layer));
    ids.push(id);
  }
  return ids;
}

/** The layer's whole view. */
export function viewOf(host: Host, driver: Driver, id: LayerId): Promise<View> {
  return held(driver, id, (root) => readView(host, root));
}

/** A layer as a container leaves it that ran on the parent and made these edits. */
export async function runContainer(
  host: Host,
  driver: Driver,
  id: LayerId,
  parent: ParentId,
  edits: readonly AimedEdit[],
): Promise<void> {
  await driver.createReadWrite(id, parent);
  await held(driver, id, (root) => {
    performAll(host.fs, root, edits);
  });
}

async function held<T>(
  driver: Driver,
  id: LayerId,
  action: (root: Awaited<ReturnType<Driver['get']>>) => T,
): Promise<T> {
  const root = await driver.get(id);
  try {
    return action(root);
  } finally {
    await driver.put(id);
  }
}

/** A stream that can be read again. */
export async function bytesOf(stream: ByteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Bytes as a stream, in one piece. */
export async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
