import { basename, type Path } from '../../host/index.ts';
import { applyLayerToTree } from '../archive/index.ts';
import { copyTree } from '../copy/copy-tree.ts';
import type { ByteStream } from '../driver.ts';
import { makeDirectory } from '../files/directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import type { LayerId } from '../layer-id.ts';
import { unmount } from '../mounts/hold.ts';
import { inheritRoot } from '../files/inherit-root.ts';
import { unpackOptions } from '../archive-options.ts';
import type { Context } from './context.ts';
import { copyOfUpper, treeOfLinks } from './copy-rules.ts';
import { fileMode, rootMode, workMode, type Form, type LayerPaths } from './layers.ts';
import { mountLayer } from './mount-layer.ts';

/** What a new layer is made over: nothing, or a layer in one of its two forms. */
export type Below =
  | { readonly kind: 'nothing' }
  | (Extract<Form, { kind: 'root' }> & { readonly id: LayerId })
  | Extract<Form, { kind: 'upper' }>;

/** Makes the parts of an empty layer in its directory. */
export async function buildEmpty(context: Context, below: Below, built: LayerPaths): Promise<void> {
  const { host, containerRoot } = context;
  switch (below.kind) {
    case 'nothing':
      makeDirectory(host.fs, built.root, rootMode, containerRoot);
      return;
    case 'root':
      makeUpper(context, below.id, built);
      inheritRoot(host.fs, below.root, built.upper);
      return;
    case 'upper':
      // One layer at most can lie below, so that the parent's changes become the new layer's own.
      makeUpper(context, below.lower, built);
      await copyTree(host, below.upper, built.upper, copyOfUpper(context));
      return;
  }
}

function makeUpper({ host, containerRoot, durability }: Context, lower: LayerId, built: LayerPaths): void {
  writeNewFile(host, built.lowerId, lower, fileMode, durability);
  makeDirectory(host.fs, built.upper, rootMode, containerRoot);
  makeDirectory(host.fs, built.work, workMode, containerRoot);
}

/** Makes the parts of a layer with the content of an archive. Answers the sum of the sizes in its headers. */
export async function buildFilled(
  context: Context,
  below: Below,
  built: LayerPaths,
  diff: ByteStream,
): Promise<number> {
  const { host, warn } = context;
  switch (below.kind) {
    case 'nothing':
      await buildEmpty(context, below, built);
      return unpack(context, diff, built.root, 'own');
    case 'root':
      host.fs.mkdir(built.root, workMode);
      return fillByLinks(context, { parent: below.root, attributes: below.root }, built.root, diff);
    case 'upper': {
      await buildEmpty(context, below, built);
      mountLayer(context, { directory: basename(built.directory), lower: below.lower, label: '' });
      try {
        return await unpack(context, diff, built.merged, 'own');
      } finally {
        unmount(host, built.merged, warn);
      }
    }
  }
}

/** Whose files the new root of a layer links to, and whose attributes it has where the archive does not describe it. */
export interface RootSources {
  readonly parent: Path;
  readonly attributes: Path;
}

/**
 * Makes an empty directory a tree of hard links to the parent's files, and unpacks the archive over it. Files are replaced,
 * never written to, and a link is broken before the metadata of a file would change through it, so that the parent stays
 * what it is (A11; Docker changes the parent then).
 */
export async function fillByLinks(
  context: Context,
  { parent, attributes }: RootSources,
  root: Path,
  diff: ByteStream,
): Promise<number> {
  const { host, quirks } = context;
  await copyTree(host, parent, root, treeOfLinks(context));
  if (attributes !== parent) inheritRoot(host.fs, attributes, root);
  return unpack(context, diff, root, quirks.has('write-through-links') ? 'own' : 'shared-with-parent');
}

/** Unpacks an archive over a tree. Answers the sum of the sizes in its headers. */
export async function unpack(
  context: Context,
  diff: ByteStream,
  root: Path,
  files: 'own' | 'shared-with-parent',
): Promise<number> {
  return (await applyLayerToTree(context.host, diff, { root, files }, unpackOptions(context))).size;
}
