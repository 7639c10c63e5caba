import { join, pathFromText, type Path } from '../../host/index.ts';
import { escapeLayer } from '../mounts/escape-layer.ts';
import { withMountLabel } from '../mounts/mount-label.ts';
import type { OverlayOption } from './kernel-facts.ts';

/** What a layer's mount is planned from. */
export interface MountRequest {
  readonly home: Path;
  /** The layer's directory below the home: its id, or where it is built. */
  readonly directory: string;
  /** The layer's own short name, `l/<link>`; `undefined` while it has none yet. */
  readonly link: string | undefined;
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
  /** Whether the kernel takes layers one by one through fsconfig(2), Linux 6.7 and later. */
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
 * to the home, as Docker's second, for long stacks; the same with the layer's own short name, for long ids; with the new
 * mount API, one layer a call, which knows no page. Never are data handed to mount(2) that it would cut (R20): `absolute`
 * and `relative` data are at most pageSize - 1 bytes.
 */
export function planMount(request: MountRequest): MountPlan {
  const { home, directory, pageSize } = request;
  const absolute = mountData(request, namesById(request), (name) => escapeLayer(join(home, name)));
  if (absolute.length < pageSize) return { kind: 'absolute', target: join(home, directory, 'merged'), data: absolute };
  const relatives = [namesById(request), namesByLink(request)].map((names) =>
    mountData(request, names, (name) => escapeLayer(name as Path)),
  );
  const fitting = relatives.find((data) => data.length < pageSize);
  if (fitting !== undefined) {
    return { kind: 'relative', directory: home, target: `${directory}/merged` as Path, data: fitting };
  }
  return planConfig(request, Math.min(...relatives.map((data) => data.length)));
}

/** A layer's directories below the home. */
interface OwnNames {
  readonly upper: string;
  readonly work: string;
}

function namesById({ directory }: MountRequest): OwnNames {
  return { upper: `${directory}/diff`, work: `${directory}/work` };
}

/** The link leads to `diff`, so that `..` behind it is the layer's directory. */
function namesByLink(request: MountRequest): OwnNames {
  const { link } = request;
  return link === undefined ? namesById(request) : { upper: link, work: `${link}/../work` };
}

function mountData(request: MountRequest, own: OwnNames, written: (name: string) => string): string {
  const lowers = lowersOf(request, own).map(written).join(':');
  const writable = [`upperdir=${written(own.upper)}`, `workdir=${written(own.work)}`];
  const layers = [`lowerdir=${lowers}`, ...(request.access === 'read-write' ? writable : [])];
  return withMountLabel([...request.options, ...layers].join(','), request.label);
}

function lowersOf({ access, lowers }: MountRequest, own: OwnNames): readonly string[] {
  return access === 'read-only' ? [own.upper, ...lowers] : lowers;
}

function planConfig(request: MountRequest, relativeLength: number): MountPlan {
  if (!request.lowerdirPlus) return refused(request, relativeLength);
  const { home, directory, access, label } = request;
  const own = namesByLink(request);
  const options: TextOption[] = request.options.map(optionFrom);
  options.push(...lowersOf(request, own).map((name) => ({ key: 'lowerdir+', value: join(home, name) })));
  if (access === 'read-write') {
    // Of these two, and of no others, the new API undoes escapes (R70).
    options.push({ key: 'upperdir', value: escapeBackslashes(join(home, own.upper)) });
    options.push({ key: 'workdir', value: escapeBackslashes(join(home, own.work)) });
  }
  if (label !== '') options.push({ key: 'context', value: pathFromText(label) });
  const tooLong = options.find(({ value = '' }) => value.length > longestConfigValue);
  if (tooLong !== undefined) return refused(request, relativeLength, tooLong);
  return { kind: 'fsconfig', target: join(home, directory, 'merged'), options };
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
      ? 'this kernel does not take layers one by one (lowerdir+, Linux 6.7)'
      : `with lowerdir+ the value of ${tooLong.key} would be ${tooLong.value?.length ?? 0} bytes, fsconfig(2) takes ${longestConfigValue}`;
  return {
    kind: 'refused',
    reason: `cannot mount layer, mount label too large ${relativeLength}: ${size}, and ${api}`,
  };
}

function escapeBackslashes(path: string): string {
  return path.replaceAll('\\', '\\\\');
}
