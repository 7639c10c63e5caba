/** Options that name layers, upper before lowers, as overlayfs searches them. */
const upperKeys: readonly string[] = ['upperdir'];
const lowerKeys: readonly string[] = ['lowerdir', 'lowerdir+', 'datadir+'];

type Keys = readonly (readonly [key: string, value: string | null])[];

/** The layers that an option string of mount(2) names: the upper one first, then the lowers, data-only ones last. */
export function layersOfOptions(options: string): readonly string[] {
  return layersOfKeys(
    splitUnescaped(options, ',').map((option) => {
      const equals = option.indexOf('=');
      return equals < 0 ? [option, null] : [option.slice(0, equals), option.slice(equals + 1)];
    }),
  );
}

/** The same of the keys and values that fsconfig(2) sets one by one. */
export function layersOfKeys(keys: Keys): readonly string[] {
  return [...valuesOf(keys, upperKeys), ...valuesOf(keys, lowerKeys)];
}

function valuesOf(keys: Keys, wanted: readonly string[]): readonly string[] {
  return keys.flatMap(([key, value]) => {
    if (value === null || !wanted.includes(key)) return [];
    // Only a lowerdir is a list; in it a colon may be escaped, which everywhere else needs no escape.
    const paths = key === 'lowerdir' ? splitUnescaped(value, ':') : [value];
    return paths.map(unescape).filter((path) => path !== '');
  });
}

/** Splits at a separator, except where a backslash stands before it. */
function splitUnescaped(list: string, separator: string): readonly string[] {
  if (!list.includes('\\')) return list.split(separator);
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < list.length; at += 1) {
    const character = list.charAt(at);
    if (character === '\\' && at + 1 < list.length) {
      part += character + list.charAt(at + 1);
      at += 1;
    } else if (character === separator) {
      parts.push(part);
      part = '';
    } else {
      part += character;
    }
  }
  return [...parts, part];
}

function unescape(path: string): string {
  return path.replace(/\\(.)/gs, '$1');
}
