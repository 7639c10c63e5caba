/** One layer of a `lowerdir` list, with its escapes. */
export interface LowerName {
  readonly name: string;
  /** After `::`: only data that metacopy files of other layers point to (R183). */
  readonly data: boolean;
}

/** The limit on lower layers of a mount, data-only ones among them (R19). */
export const MAX_LAYERS = 500;

/**
 * Splits the value of `lowerdir` at its colons: `:` before a regular layer, `::` before a data-only one; a backslash takes
 * the meaning from the character after it and stays (R16, R17). Answers what the kernel logs where the value is malformed.
 */
export function splitLowerdir(value: string): readonly LowerName[] | string {
  const names: LowerName[] = [];
  let name = '';
  let data = false;
  let colons = 0;
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character !== ':') {
      colons = 0;
      name += character;
      if (character === '\\') {
        at += 1;
        name += value.charAt(at);
      }
      continue;
    }
    colons += 1;
    if (colons === 2 && value[at + 1] === ':') return tooManyColons;
    if (colons === 1) {
      names.push({ name, data });
      name = '';
    }
    data = colons === 2;
  }
  if (colons > 0) return trailingColons;
  names.push({ name, data });
  return names;
}

const tooManyColons = "only single ':' or double '::' sequences of unescaped colons in lowerdir mount option allowed.";
const trailingColons = 'unescaped trailing colons in lowerdir mount option.';

/** Takes the backslashes away: each makes the character after it literal (R17, R18). */
export function unescapeLayer(name: string): string {
  return name.replace(/\\(.?)/gs, '$1');
}

/** The words of a mount(2) option string: between commas that no backslash precedes (ovl_next_opt, R17). */
export function splitOptions(data: string): readonly string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at < data.length; at += 1) {
    if (data[at] === '\\') at += 1;
    else if (data[at] === ',') {
      words.push(data.slice(start, at));
      start = at + 1;
    }
  }
  words.push(data.slice(start));
  return words;
}
