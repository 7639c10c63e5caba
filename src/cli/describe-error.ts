import { ImageChoiceError } from '../core/image/choice.ts';
import { UnknownLayerError } from '../core/layer-errors.ts';

/** What helps against an error that a system call, of the driver or of Node, has ended with. */
const advice = new Map([
  ['EPERM', 'run it as root, in a user namespace (unshare -Urm), or with --host sim:FILE'],
  ['EACCES', 'run it as root, in a user namespace (unshare -Urm), or with --host sim:FILE'],
  ['ENOSPC', 'make room and try again; what had been made was removed'],
  ['EDQUOT', 'make room and try again; what had been made was removed'],
  ['EROFS', 'choose another directory with --root'],
]);

const options = { ref: 'with --ref NAME', platform: 'with --platform OS/ARCH' } as const;

/** An error as one line: what failed, on which path, with which errno, and what to do. */
export function describeError(error: unknown): string {
  const text = oneLine(error instanceof Error ? error.message : String(error));
  if (error instanceof ImageChoiceError)
    return `${text}${text.endsWith('choose one') ? '' : '; choose another'} ${options[error.by]}`;
  const help = adviceOn(error);
  return help === undefined ? text : `${text}; ${help}`;
}

function adviceOn(error: unknown): string | undefined {
  if (error instanceof UnknownLayerError) return '`graphdriver list` shows all layers';
  if (isMistake(error)) return 'this is a fault of graphdriver (GRAPHDRIVER_DEBUG=1 shows where)';
  const failed = systemErrorOf(error);
  if (failed?.code === 'EINVAL' && failed.syscall.endsWith('chown')) {
    return 'this user namespace has no such owner; map more ids into it, or use --host sim:FILE';
  }
  return advice.get(failed?.code ?? '');
}

/** Errors that only a mistake in this program can throw. */
function isMistake(error: unknown): boolean {
  return error instanceof ReferenceError || (error instanceof TypeError && !('code' in error));
}

/** The system call, of the driver or of Node, that is behind an error. */
function systemErrorOf(error: unknown): { readonly code: string; readonly syscall: string } | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && 'syscall' in each) return { code: String(each.code), syscall: String(each.syscall) };
  }
  return undefined;
}

/** File names may hold line breaks and control characters. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
}
