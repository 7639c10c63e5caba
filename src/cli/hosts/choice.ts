import type { Host } from '../../host/index.ts';
import { UsageError } from '../usage-error.ts';

/** What `--host` can say. A simulated machine without a file lives as long as the command. */
export type HostChoice =
  { readonly kind: 'auto' } | { readonly kind: 'linux' } | { readonly kind: 'sim'; readonly file: string | undefined };

/** What a command does with its machine: a simulated one is stored only after a command that may change it. */
export type HostUse = 'read' | 'change';

/** Which machine a command wants. */
export interface HostRequest {
  readonly choice: HostChoice;
  readonly use: HostUse;
  /** The kernel that `--kernel` names for a simulated machine. */
  readonly kernel: string | undefined;
  /** The driver that `--driver` names. */
  readonly driver: string | undefined;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A machine to work on. */
export interface OpenHost {
  /** What `--json` calls it. */
  readonly name: 'linux' | 'sim';
  readonly host: Host;
  /** Why this one was chosen, where nobody asked for it. */
  readonly note: string | undefined;
  /** Stores what has changed, whether the command succeeded or not. To be called once. */
  close(): Promise<void>;
}

/** @throws UsageError */
export function parseHostChoice(text: string): HostChoice {
  if (text === 'auto' || text === 'linux') return { kind: text };
  if (text === 'sim') return { kind: 'sim', file: undefined };
  if (text.startsWith('sim:') && text.length > 4) return { kind: 'sim', file: text.slice(4) };
  throw new UsageError(`--host ${text}: it must be auto, linux, sim or sim:FILE`);
}
