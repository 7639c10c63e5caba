import type { Host, Name, Path, Root } from '../../../host/index.ts';
import { join } from '../../../host/path.ts';
import type { Change } from '../../changes/change.ts';
import type { ByteStream } from '../../driver.ts';
import { Pace } from '../../files/pace.ts';
import { walkTree, type TreeEntry } from '../../tree/walk.ts';
import { isOpaque, isWhiteoutDevice, opaqueXattr } from '../lower-stack.ts';
import type { OverlayLayer, WriteOptions } from '../options.ts';
import { ChangedFiles } from './changed-files.ts';
import { refuseReferences } from './references.ts';
import { Packer } from './packer.ts';
import { rootDiffers } from './root-entry.ts';

/*
 * Archives are canonical: names sorted within each directory, each directory before its content, PAX only where it is needed,
 * no owner names, no access times. The same tree is the same bytes, on any host and at any time.
 */

/**
 * The archive of a layer's own directory: whiteouts and opaque marks of overlayfs become those of the image format (overlay2's
 * native Diff).
 */
export function writeOverlayLayer(host: Host, layer: OverlayLayer, options: WriteOptions = {}): ByteStream {
  return paced(host, overlayChunks(host, layer, options));
}

function* overlayChunks(host: Host, layer: OverlayLayer, options: WriteOptions): Generator<Buffer> {
  const { diff, lowers } = layer;
  const root = host.fs.openRoot(diff);
  const packer = new Packer(host.fs, options);
  try {
    if (rootDiffers(host, root, lowers?.[0], options)) packer.root(root);
    for (const entry of walkTree(root)) {
      putOverlayEntry(packer, entry, layer);
      if (packer.due) yield* packer.drain();
    }
    yield* packer.end();
  } finally {
    packer.close();
    root.close();
  }
}

function putOverlayEntry(
  packer: Packer,
  { parent, name, path, stat }: TreeEntry,
  { lowers, xattrs }: OverlayLayer,
): void {
  if (isWhiteoutDevice(stat)) {
    packer.whiteout(path, name);
    return;
  }
  const marks = packer.member(parent, name, path, stat);
  if (marks.length === 0) return;
  // What has nothing below refers to nothing.
  if (lowers?.length !== 0) refuseReferences(marks, path, xattrs);
  if (marks.includes(opaqueXattr(xattrs)) && isOpaque(parent, name, xattrs)) packer.opaque(path);
}

/** The archive of a full tree (Diff against no parent). */
export function writeTree(host: Host, root: Path, options: WriteOptions = {}): ByteStream {
  return paced(host, treeChunks(host, root, options));
}

function* treeChunks(host: Host, path: Path, options: WriteOptions): Generator<Buffer> {
  const root = host.fs.openRoot(path);
  const packer = new Packer(host.fs, options);
  try {
    if (rootDiffers(host, root, undefined, options)) packer.root(root);
    for (const { parent, name, path, stat } of walkTree(root)) {
      packer.member(parent, name, path, stat);
      if (packer.due) yield* packer.drain();
    }
    yield* packer.end();
  } finally {
    packer.close();
    root.close();
  }
}

/**
 * The archive of the changes of a layer, read from its view: what was added or changed as it is now, whiteouts for what was
 * deleted (naive Diff). What has vanished since is passed over.
 */
export function writeChanges(
  host: Host,
  root: Path,
  changes: readonly Change[],
  options: WriteOptions = {},
): ByteStream {
  return paced(host, changeChunks(host, root, changes, options));
}

function* changeChunks(host: Host, path: Path, changes: readonly Change[], options: WriteOptions): Generator<Buffer> {
  const root = host.fs.openRoot(path);
  const files = new ChangedFiles(root);
  const packer = new Packer(host.fs, options);
  try {
    for (const change of inOrder(changes)) {
      putChange(packer, root, files, change);
      if (packer.due) yield* packer.drain();
    }
    yield* packer.end();
  } finally {
    packer.close();
    files.close();
    root.close();
  }
}

function putChange(packer: Packer, root: Root, files: ChangedFiles, { kind, path }: Change): void {
  const parts = path.split('/').filter((part) => part !== '');
  const name = parts.pop() as Name | undefined;
  if (name === undefined) {
    if (kind !== 'D') packer.root(root);
    return;
  }
  const parent = parts.join('/') as Path;
  const relative = join(parent, name);
  if (kind === 'D') {
    packer.whiteout(relative, name);
    return;
  }
  const found = files.find(parent, name);
  if (found !== undefined) packer.member(found.parent, name, relative, found.stat);
}

/** The order in which a walk would meet them, so that both ways of writing a layer give the same order. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  const keyed = changes.map((change) => ({ change, key: change.path.replaceAll('/', '\0') }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ change }) => change);
}

/** Chunks between two turns of the event loop, in the steps of Pace. */
const stepsPerChunk = 8;

async function* paced(host: Host, chunks: Iterable<Buffer>): ByteStream {
  const pace = new Pace(host.system);
  for (const chunk of chunks) {
    yield chunk;
    await pace.step(stepsPerChunk);
  }
}
