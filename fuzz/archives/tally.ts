import type { Outcome } from './trial.ts';

/** What a campaign has seen so far. */
export class Tally {
  stacks = 0;
  accepted = 0;
  /** How often each reason to refuse was met, names and numbers left out. */
  readonly reasons = new Map<string, number>();

  count({ refused }: Outcome): void {
    this.stacks += 1;
    if (refused === undefined) this.accepted += 1;
    const reason = refused === undefined ? 'accepted' : kindOf(refused.why);
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }
}

function kindOf(why: string): string {
  return why
    .replace(/\([^(]*$/s, '')
    .replace(/"[^"]*"|'.*'/gs, '…')
    .replace(/-?[0-9]+/g, 'N')
    .trim();
}
