import * as calls from './calls.ts';
import * as image from './image.ts';
import * as layers from './layers.ts';
import type { Suite } from './suite.ts';

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [calls, layers, image];
