/**
 * Which ids a user namespace has, and what they are to the kernel (kernel/user_namespace.c). All ids in the simulator are the
 * kernel's, those of the first namespace; what a process says and sees is translated where it enters and leaves.
 */

/** `count` ids from `inside` on, as processes of the namespace know them, are those from `kernel` on. */
export interface IdRange {
  readonly inside: number;
  readonly kernel: number;
  readonly count: number;
}

export type IdMap = readonly IdRange[];

/** Every id but the last, which is none, stands for itself. */
export const everyId: IdMap = [{ inside: 0, kernel: 0, count: 0xffffffff }];

/** No id at all: a namespace whose map nobody has written. */
export const noIds: IdMap = [];

/** What is shown of ids that a namespace does not have (overflowuid, overflowgid). */
const overflowId = 65534;

/** The kernel's id for one of the namespace; `undefined` where it has no such id (make_kuid). */
export function kernelId(map: IdMap, id: number): number | undefined {
  for (const { inside, kernel, count } of map) if (id >= inside && id - inside < count) return kernel + (id - inside);
  return undefined;
}

/** The namespace's id for one of the kernel's; `undefined` where it has none (from_kuid). */
export function idInside(map: IdMap, id: number): number | undefined {
  for (const { inside, kernel, count } of map) if (id >= kernel && id - kernel < count) return inside + (id - kernel);
  return undefined;
}

/** The same with the id that stands for all others (from_kuid_munged). */
export function shownId(map: IdMap, id: number): number {
  return idInside(map, id) ?? overflowId;
}

/** Whether the namespace has an id for one of the kernel's (kuid_has_mapping). */
export function hasId(map: IdMap, id: number): boolean {
  return idInside(map, id) !== undefined;
}

/**
 * The map whose `kernel` ids are those of a parent namespace, in terms of the kernel; `undefined` where a range is not within
 * one of the parent's (map_write).
 */
export function composed(map: IdMap, parent: IdMap): IdMap | undefined {
  const ranges = map.map(({ inside, kernel: outside, count }) => {
    const first = kernelId(parent, outside);
    const last = kernelId(parent, outside + count - 1);
    return first === undefined || last !== first + count - 1 ? undefined : { inside, kernel: first, count };
  });
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}
