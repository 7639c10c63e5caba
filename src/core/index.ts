export * from './changes/change.ts';
export * from './driver.ts';
export * from './errors.ts';
export * from './layer-id.ts';
