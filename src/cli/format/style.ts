import { styleText } from 'node:util';
import type { Output } from '../output.ts';

/** The styles that the output uses. */
export type Style = Parameters<typeof styleText>[0];

/** Paints text, or leaves it as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

export function painter(output: Output): Paint {
  return output.hasColors
    ? (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false }))
    : (_style, text) => text;
}
