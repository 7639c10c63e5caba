import type { Edit } from './edits.ts';
import type { Layer } from './layer.ts';

/** An edit, and which of the paths that are there it is aimed at; without that at its own. */
export interface AimedEdit {
  readonly edit: Edit;
  readonly at: number | undefined;
}

/**
 * One thing that is done with layers. They have numbers in the order of their making; a number is taken modulo how many there
 * are, and as what lies below a new layer, one more than there are stands for nothing.
 */
export type Step =
  | { readonly op: 'image' | 'fill'; readonly below: number; readonly layer: Layer }
  | { readonly op: 'container'; readonly below: number; readonly edits: readonly AimedEdit[] }
  | { readonly op: 'edit'; readonly on: number; readonly edits: readonly AimedEdit[] }
  | { readonly op: 'carry' | 'remove' | 'hold' | 'put'; readonly on: number };

/** The edit with the path that it is aimed at. */
export function aimed({ edit, at }: AimedEdit, paths: readonly string[]): Edit {
  const path = at === undefined ? undefined : paths[at % paths.length];
  return path === undefined || path === '/' || edit.op === 'chmod-root' ? edit : { ...edit, path };
}
