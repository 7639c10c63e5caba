import { Daemon, whyNoDaemon } from '../../test/privileged/dockerd/daemon.ts';
import { Graphdriver } from '../../test/privileged/cli/binary.ts';
import type { StoredImage } from './stored-image.ts';

/** A row of `dump`, as far as it is looked at here. */
interface Row {
  readonly path: string;
  readonly type: string;
  readonly rdev?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

/**
 * Loads the image into a real dockerd, compares each layer's own directory and its view with those of the loaded one, and
 * answers how long dockerd took in seconds; a reason where there is no dockerd. Throws where a tree differs.
 */
export async function compareWithDockerd(image: StoredImage, note: (text: string) => void): Promise<number | string> {
  const reason = whyNoDaemon();
  if (reason !== undefined) return reason;
  const daemon = new Daemon(image.directory);
  try {
    await daemon.start('overlay2');
    const start = performance.now();
    daemon.docker('load', '-i', image.file);
    const seconds = (performance.now() - start) / 1000;
    await daemon.stop();
    const dockers = new Graphdriver(['--host', 'linux', '--driver', 'overlay2', '--root', daemon.root]);
    let entries = 0;
    for (const id of image.ids) {
      for (const form of [[], ['--raw']]) {
        const own = rowsOf(image.command.ok('dump', id, ...form));
        const other = rowsOf(dockers.ok('dump', daemon.cacheId('overlay2', `sha256:${id}`), ...form));
        mustBeEqual(id, own, other);
        entries += own.length;
      }
    }
    note(
      `${entries} entries of ${image.ids.length} layers, each as a view and as it lies on the disk, are those of dockerd`,
    );
    return seconds;
  } finally {
    await daemon.discard();
  }
}

/** What overlayfs notes where it copies up; dockerd fills a layer through a mount. */
const kernelNotes = ['impure', 'origin', 'uuid'].map((mark) => `trusted.overlay.${mark}`);

/** Without what dockerd leaves to the moment: times of directories that no archive has an entry for, and of whiteouts. */
function rowsOf(lines: string): readonly string[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => {
      const row = JSON.parse(line) as Row;
      const untimed = row.type === 'directory' || row.rdev === '0:0';
      const xattrs = Object.entries(row.xattrs ?? {}).filter(([name]) => !kernelNotes.includes(name));
      const unmarked = { ...row, xattrs: Object.fromEntries(xattrs) };
      return JSON.stringify(untimed ? { ...unmarked, mtime: 0, mtimeNs: 0 } : unmarked);
    });
}

function mustBeEqual(id: string, own: readonly string[], other: readonly string[]): void {
  const differing = own.findIndex((row, n) => row !== other[n]);
  if (differing === -1 && own.length === other.length) return;
  throw new Error(`layer ${id} differs from dockerd's:\nhere     ${own[differing]}\ndockerd  ${other[differing]}`);
}
