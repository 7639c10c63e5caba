/** Digits of a digest that people get to see. */
const shown = 12;

/** The ids that `load` gives: the hexadecimal digits of a digest. */
export const digestId = /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/;

/** An id as a table on a terminal shows it: of a digest the first digits, which the commands take as well. */
export function shortId(id: string): string {
  return digestId.test(id) ? id.slice(0, shown) : id;
}
