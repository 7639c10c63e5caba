import { join, pathFromText, type Path } from '../../host/index.ts';
import { withMountLabel } from '../mounts/mount-label.ts';
import type { OverlayOption } from './kernel-facts.ts';

/** What a layer's mount is planned from. */
export interface MountRequest {
  readonly home: Path;
  /** The layer's directory below the home: its id, or where it is built. */
  readonly directory: string;
  /** The layers below as the `lower` file has them, `l/<link>`, the nearest first; at least one. */
  readonly lowers: readonly string[];
  /** A committed layer (it has children) is mounted read-only, all its directories as lowers. */
  readonly access: 'read-only' | 'read-write';
  /** SELinux label, '' for none. */
  readonly label: string;
  /** Options that go first, in Docker's order. */
  readonly options: readonly OverlayOption[];
  /** Bytes; mount(2) takes one less, for its data end with a NUL. */
  readonly pageSize: number;
  /** Whether the kernel takes layers one by one through fsconfig(2), Linux 6.8 and later. */
  readonly lowerdirPlus: boolean;
}

/** How a layer is mounted: the arguments of the call, or why there is no way. */
export type MountPlan =
  | { readonly kind: 'absolute'; readonly target: Path; readonly data: string }
  | { readonly kind: 'relative'; readonly directory: Path; readonly target: Path; readonly data: string }
  | { readonly kind: 'fsconfig'; readonly target: Path; readonly options: readonly TextOption[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** An option of the new mount API; without a value it is a flag. */
export interface TextOption {
  readonly key: string;
  readonly value?: string;
}

/** The longest value that fsconfig(2) takes, in bytes (R71). */
export const longestConfigValue = 255;

/**
 * Plans the mount of a layer, the first way that fits: with absolute names, as Docker's first choice; with names relative
 * to the home, for long stacks; with the new mount API, one layer a call, which knows no page. Never are data handed to
 * mount(2) that it would cut (R20): `absolute` and `relative` data are at most pageSize - 1 bytes.
 */
export function planMount(request: MountRequest): MountPlan {
  const absolute = mountData(request, request.home);
  if (absolute.length < request.pageSize) {
    return { kind: 'absolute', target: join(request.home, request.directory, 'merged'), data: absolute };
  }
  const relative = mountData(request, undefined);
  if (relative.length < request.pageSize) {
    const target = `${request.directory}/merged` as Path;
    return { kind: 'relative', directory: request.home, target, data: relative };
  }
  return planConfig(request, relative.length);
}

function mountData(request: MountRequest, home: Path | undefined): string {
  const name = (path: string): string => (home === undefined ? path : escapeLayer(join(home, path)));
  const { upper, work, lowers } = layersOf(request, name);
  const writable = request.access === 'read-write' ? [`upperdir=${upper}`, `workdir=${work}`] : [];
  const options = [...request.options, `lowerdir=${lowers.join(':')}`, ...writable].join(',');
  return withMountLabel(options, request.label);
}

function planConfig(request: MountRequest, relativeLength: number): MountPlan {
  if (!request.lowerdirPlus) return refused(request, relativeLength);
  const { upper, work, lowers } = layersOf(request, (path) => join(request.home, path));
  const values: TextOption[] = lowers.map((value) => ({ key: 'lowerdir+', value }));
  if (request.access === 'read-write') {
    // Of these two, and of no others, the new API undoes escapes (R70).
    values.push(
      { key: 'upperdir', value: escapeBackslashes(upper) },
      { key: 'workdir', value: escapeBackslashes(work) },
    );
  }
  if (request.label !== '') values.push({ key: 'context', value: pathFromText(request.label) });
  const tooLong = values.find(({ value = '' }) => value.length > longestConfigValue);
  if (tooLong !== undefined) return refused(request, relativeLength, tooLong);
  const first = request.options.map((option) => optionFrom(option));
  return { kind: 'fsconfig', target: join(request.home, request.directory, 'merged'), options: [...first, ...values] };
}

function layersOf(
  request: MountRequest,
  name: (path: string) => string,
): { readonly upper: string; readonly work: string; readonly lowers: readonly string[] } {
  const upper = name(`${request.directory}/diff`);
  const below = request.lowers.map(name);
  const lowers = request.access === 'read-only' ? [upper, ...below] : below;
  return { upper, work: name(`${request.directory}/work`), lowers };
}

function optionFrom(option: string): TextOption {
  const [key = '', value] = option.split('=');
  return value === undefined ? { key } : { key, value };
}

/** Docker's words first, then why no other way is left. */
function refused(request: MountRequest, relativeLength: number, tooLong?: TextOption): MountPlan {
  const limit = request.pageSize - 1;
  const size = `the mount data of ${request.lowers.length} layers are ${relativeLength} bytes at least, mount(2) takes ${limit}`;
  const api =
    tooLong === undefined
      ? 'this kernel does not take layers one by one (lowerdir+, Linux 6.8)'
      : `with lowerdir+ the value of ${tooLong.key} would be ${tooLong.value?.length ?? 0} bytes, fsconfig(2) takes ${longestConfigValue}`;
  return {
    kind: 'refused',
    reason: `cannot mount layer, mount label too large ${relativeLength}: ${size}, and ${api}`,
  };
}

/** In mount(2)'s data a backslash makes the next character literal (R17, R18). */
function escapeLayer(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&');
}

function escapeBackslashes(path: string): string {
  return path.replaceAll('\\', '\\\\');
}
