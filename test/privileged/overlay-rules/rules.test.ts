import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chapters } from '../../rules/chapters.ts';
import { ruleName, type Rule } from '../../rules/rule.ts';
import { whyNotImitated } from '../linux-world.ts';
import { RuleScratch } from './rule-scratch.ts';

const reason = whyNotImitated();
if (reason !== undefined) console.warn(`SKIPPED: the rules of overlayfs on the running kernel: ${reason}`);

const inUserNamespace = ['--user', '--map-root-user', '--mount', '--propagation', 'private'];
const hasUserNamespaces = spawnSync('unshare', [...inUserNamespace, 'true']).status === 0;
if (!hasUserNamespaces) console.warn('SKIPPED: rules for user namespaces: there are none here');

describe.skipIf(reason !== undefined)('the rules of overlayfs on the running kernel', () => {
  let scratch: RuleScratch;
  beforeAll(async () => {
    // The kernel logs ten lines of a kind in five seconds, and other tests may have had them.
    await setTimeout(5_100);
    scratch = new RuleScratch();
  });
  afterAll(() => {
    scratch.end();
  });

  describe.each(Object.entries(chapters))('%s', (_chapter, rules) => {
    for (const rule of rules) {
      if (rule.mounter === 'root') {
        test(ruleName(rule), () => {
          scratch.check(rule);
        });
      } else {
        test.skipIf(!hasUserNamespaces)(ruleName(rule), () => {
          checkInUserNamespace(rule);
        });
      }
    }
  });
});

/** Checks a rule as root of a new user namespace, which is nobody's root outside. */
function checkInUserNamespace({ number }: Rule): void {
  const program = [process.execPath, '--import', 'tsx', `${import.meta.dirname}/check-rule.ts`, String(number)];
  execFileSync('unshare', [...inUserNamespace, ...program]);
}
