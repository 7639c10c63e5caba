import type { DumpRow } from '../../../../src/core/tree/index.ts';

/**
 * A row in short: `path/` of a directory, `path (bytes)` of a file, `path -> target`; then its mode and owner where they are not
 * 755 or 644 and root's, its other names, and attributes that matter.
 */
export function summary(row: DumpRow): string {
  const { path, type, size, target, links = [] } = row;
  const others = links.filter((name) => name !== path);
  const what =
    type === 'directory'
      ? path === '.'
        ? '.'
        : `${path}/`
      : size !== undefined
        ? `${path} (${size})`
        : target === undefined
          ? path
          : `${path} -> ${target}`;
  return `${what}${attributes(row)}${others.length === 0 || type === 'symlink' ? '' : ` = ${others.join(' ')}`}${marks(row)}`;
}

/** What overlayfs keeps for itself, which no view may show, and capabilities. */
function marks({ xattrs = {} }: DumpRow): string {
  return Object.keys(xattrs)
    .filter((name) => /^(trusted|user)\.overlay\.|^security\.capability$/.test(name))
    .map((name) => ` ${name}`)
    .join('');
}

function attributes({ type, mode, uid, gid }: DumpRow): string {
  const usual = type === 'symlink' ? mode : type === 'directory' ? 0o755 : 0o644;
  const owned = uid !== 0 || gid !== 0;
  if (mode === usual && !owned) return '';
  const owner = owned ? ` ${uid}:${gid}` : '';
  return ` ${mode.toString(8)}${owner}`;
}

/** The view in short; a root as roots usually are is left out. */
export function summaries(view: readonly DumpRow[]): string[] {
  return view.map(summary).filter((line) => line !== '.');
}
