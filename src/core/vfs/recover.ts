import { Staging } from '../files/staging.ts';
import { finishRemovals } from '../files/removing.ts';
import type { Home } from './context.ts';

/** Clears away what crashes have left in a home. What other processes are at is not touched, and no layer ever is. */
export async function recover({ host, layers, lock, warn }: Home): Promise<void> {
  const abandoned = await lock.run(() => {
    for (const note of layers.orphanedParentNotes()) host.fs.unlink(note);
    return Staging.takeOver(host, layers.parent);
  });
  for (const staging of abandoned) await staging.remove();
  await finishRemovals(host, layers.parent, warn);
}
