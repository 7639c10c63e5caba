import { table } from '../src/cli/format/table.ts';
import type { Figure } from './suite.ts';

/** Figures as a table: a row for each thing measured, a column for each measure, in the order in which they come. */
export function figureTable(figures: readonly Figure[]): readonly string[] {
  const measures = [...new Set(figures.map(({ measure }) => measure))];
  const rows = [...new Set(figures.map(({ what }) => what))];
  const cell = (what: string, measure: string): string => {
    const figure = figures.find((each) => each.what === what && each.measure === measure);
    return figure === undefined ? '-' : figureText(figure);
  };
  return table(
    ['', ...measures],
    rows.map((what) => [what, ...measures.map((measure) => cell(what, measure))]),
    measures,
  );
}

function figureText({ value, unit }: Figure): string {
  const number = value.toLocaleString('en', {
    maximumSignificantDigits: Math.max(3, Math.floor(Math.log10(Math.max(value, 1))) + 1),
  });
  return unit === '×' ? `${number}×` : `${number} ${unit}`;
}
