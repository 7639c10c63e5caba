import { pathFromText, type Path } from '../../host/index.ts';
import { withMountLabel } from '../mounts/mount-label.ts';

/** What is to be mounted. */
export interface MountRequest {
  /** The layer's own directory. */
  readonly writable: Path;
  /** The directories of the layers below, nearest first. */
  readonly below: readonly Path[];
  /** The SELinux label, `''` for none. */
  readonly label: string;
  /** Whether aufs knows the option. */
  readonly dirperm1: boolean;
  /** Bytes. The kernel copies so many of the options, the last one for their end. */
  readonly pageSize: number;
}

/** The data of mount(2), and of one remount after the other. */
export type MountPlan =
  | { readonly kind: 'mount'; readonly data: string; readonly remounts: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** Where aufs makes the file of inode numbers, which has its name for a moment only. */
export const xinoPath = '/dev/shm/aufs.xino' as Path;
const options = `,dio,xino=${xinoPath}`;
const dirperm1 = ',dirperm1';
/** What Docker sets aside for the options and for the words around the label. */
const setAside = 54;

/**
 * How a layer is mounted, as Docker does it (seed aufs.go, aufsMount): as many branches as fit into one page with the mount,
 * the others by remounts of as many as fit. Every layer is a branch once, in its order. Docker writes over the end of the page
 * where the first branch does not fit, and turns in a circle where one of the others does not; here that is refused.
 */
export function planMount(request: MountRequest): MountPlan {
  const { writable, below, label, pageSize } = request;
  const unfit = [writable, ...below].find((path) => /[,:=]/.test(path));
  if (unfit !== undefined)
    return refused(`aufs cannot have a branch with a comma, a colon or an equals sign: ${unfit}`);
  const room = pageSize - pathFromText(label).length - setAside - (request.dirperm1 ? dirperm1.length : 0);
  const first = new Batch(room, `br:${writable}=rw`);
  if (!first.fits) return refused(`the path of the layer does not fit into a page of ${pageSize} bytes: ${writable}`);
  let rest = first.fill(below.map((path) => `:${path}=ro+wh`));
  const mounted = `${first.text}${options}${request.dirperm1 ? dirperm1 : ''}`;
  const remounts: string[] = [];
  for (let appended = below.slice(below.length - rest.length); rest.length > 0;) {
    const batch = new Batch(room, '');
    rest = batch.fill(appended.map((path) => `append:${path}=ro+wh,`));
    if (batch.text === '')
      return refused(`a branch does not fit into a page of ${pageSize} bytes: ${String(appended[0])}`);
    appended = appended.slice(appended.length - rest.length);
    remounts.push(batch.text);
  }
  const [data = '', ...more] = [mounted, ...remounts].map((text) => withMountLabel(text, label));
  const longest = Math.max(...[data, ...more].map((text) => text.length));
  if (longest >= pageSize)
    return refused(`mount label too large: the options take ${longest} bytes, a page has ${pageSize}`);
  return { kind: 'mount', data, remounts: more };
}

function refused(reason: string): MountPlan {
  return { kind: 'refused', reason };
}

/** Words that are put together while they fit. */
class Batch {
  text: string;
  readonly #room: number;

  constructor(room: number, begin: string) {
    this.#room = room;
    this.text = begin;
  }

  get fits(): boolean {
    return this.text.length <= this.#room;
  }

  /** Adds words up to the first that does not fit; answers those that are left. */
  fill(words: readonly string[]): readonly string[] {
    for (const [index, word] of words.entries()) {
      if (this.text.length + word.length > this.#room) return words.slice(index);
      this.text += word;
    }
    return [];
  }
}
