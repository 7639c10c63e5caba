/** A byte string as one word of a POSIX shell. */
export function shellWord(bytes: string): string {
  if (/^[\w@%+=:,./-]+$/.test(bytes)) return bytes;
  if (/^[\x20-\x7e\n]*$/.test(bytes)) return `'${bytes.replaceAll("'", "'\\''")}'`;
  return `"$(printf '${escapedBytes(bytes)}')"`;
}

function escapedBytes(bytes: string): string {
  return bytes.replace(/[^\w@+=:,./-]/g, octalEscape);
}

function octalEscape(byte: string): string {
  return `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** A byte string as a bytes literal of Python. */
export function pythonBytes(bytes: string): string {
  const inside = bytes.replace(/['\\]|[^\x20-\x7e]/g, (byte) => {
    return byte === "'" || byte === '\\' ? `\\${byte}` : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `b'${inside}'`;
}

/** A mode in octal, as chmod(1) takes it: five digits, with which it takes set-id bits off directories as well. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(5, '0');
}

/** A string literal of Python; JSON's escapes are Python's. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
