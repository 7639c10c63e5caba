/** Rows as aligned columns; the last one is not padded. Columns of numbers are aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly string[] = [],
): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => padded(cell, column))
      .join('  ')
      .trimEnd(),
  );

  function padded(cell: string, column: number): string {
    const width = widths[column] ?? 0;
    return numbers.includes(head[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
  }
}

/** Names and what they mean, aligned. */
export function pairs(rows: readonly (readonly [name: string, value: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`.trimEnd());
}
