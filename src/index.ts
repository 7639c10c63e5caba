/** graphdriver as a library: the drivers and all they stand on. */
export * from './core/index.ts';
export * from './host/index.ts';
