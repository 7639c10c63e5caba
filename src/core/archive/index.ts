/**
 * Layer archives: one reader and one writer for all drivers.
 *
 * - `applyLayerToOverlay(host, archive, layer, options?)`: unpacks into a layer's own directory, whiteouts converted.
 * - `applyLayerToTree(host, archive, tree, options?)`: unpacks over a full tree, whiteouts executed.
 * - `writeOverlayLayer(host, layer, options?)`: the archive of a layer's own directory, whiteouts converted back.
 * - `writeTree(host, root, options?)`: the archive of a full tree.
 * - `writeChanges(host, root, changes, options?)`: the archive of a list of changes.
 *
 * The first two answer `Promise<UnpackedLayer>`, the others a `ByteStream`.
 */
export * from './limits.ts';
export * from './options.ts';
