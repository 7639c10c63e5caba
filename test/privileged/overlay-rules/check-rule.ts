import { chapters } from '../../rules/chapters.ts';
import { RuleScratch } from './rule-scratch.ts';

/** Checks one rule as whoever runs this: `check-rule.ts NUMBER`. */
const number = Number(process.argv[2]);
const rule = Object.values(chapters)
  .flat()
  .find((each) => each.number === number);
if (rule === undefined) throw new Error(`no rule ${number}`);
const scratch = new RuleScratch();
try {
  scratch.check(rule);
} finally {
  scratch.end();
}
