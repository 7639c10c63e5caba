export * from './errors.ts';
export * from './limits.ts';
export * from './options.ts';
export * from './tar/entry.ts';
export * from './tar/reader.ts';
export { applyLayerToOverlay, applyLayerToTree } from './unpack/apply-layer.ts';
export { writeChanges, writeOverlayLayer, writeTree } from './pack/write-layer.ts';
