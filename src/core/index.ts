export * from './changes/change.ts';
export * from './driver.ts';
export * from './drivers.ts';
export * from './errors.ts';
export * from './id-map.ts';
export * from './layer-id.ts';
export * from './quirks.ts';
export * from './registry.ts';
export { StorageOptionError } from './storage-option.ts';
