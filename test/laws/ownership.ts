import type { Layer, Member } from './layer.ts';
import type { Machine } from './world.ts';

/** Who a process is. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
}

export const root: Person = { uid: 0, gid: 0 };

/** Whoever works on the machine. */
export function personOn({ host }: Machine): Person {
  return host.system.credentials();
}

/** The layers as the machine's process may have them. */
export function allowed(machine: Machine, layers: readonly Layer[]): readonly Layer[] {
  return layers.map((layer) => allowedLayer(machine, layer));
}

/**
 * The layer as the machine's process may have it: root all of it, an ordinary user what is that user's own and can be read, and
 * neither devices nor capabilities.
 */
export function allowedLayer(machine: Machine, layer: Layer): Layer {
  const person = personOn(machine);
  if (person.uid === 0) return layer;
  const members = [...layer].map(([path, member]) => [path, ownMember(member, person)] as const);
  return new Map(members.filter(([, member]) => !isDevice(member)));
}

function ownMember(member: Member, { uid, gid }: Person): Member {
  if (member.kind !== 'node') return member;
  const { node } = member;
  const xattrs = Object.fromEntries(Object.entries(node.xattrs).filter(([name]) => name.startsWith('user.')));
  return { ...member, node: { ...node, owner: `${uid}:${gid}`, mode: node.mode | 0o400, xattrs } };
}

function isDevice(member: Member): boolean {
  return member.kind === 'node' && member.node.type.endsWith('-device');
}
