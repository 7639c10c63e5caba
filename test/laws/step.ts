import type { AimedEdit } from './edits.ts';
import type { Layer } from './layer.ts';

/**
 * One thing that is done with layers. They have numbers in the order of their making; a number is taken modulo how many there
 * are, and as what lies below a new layer, one more than there are stands for nothing.
 */
export type Step =
  | { readonly op: 'image' | 'fill'; readonly below: number; readonly layer: Layer }
  | { readonly op: 'container'; readonly below: number; readonly edits: readonly AimedEdit[] }
  | { readonly op: 'edit'; readonly on: number; readonly edits: readonly AimedEdit[] }
  | { readonly op: 'carry' | 'remove' | 'hold' | 'put'; readonly on: number };
