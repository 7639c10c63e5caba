import { directories } from './directories.ts';
import { format } from './format.ts';
import { merging } from './merging.ts';
import { metadata } from './metadata.ts';
import { names } from './names.ts';
import type { RuleCase } from './rule.ts';

export { summaries } from './summary.ts';

/** Of each rule that tells how layers merge, at least one case; those of shared/layers have most of the others. */
export const ruleCases: readonly RuleCase[] = [...merging, ...directories, ...names, ...metadata, ...format];
