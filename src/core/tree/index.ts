export * from './dump.ts';
export * from './walk.ts';
