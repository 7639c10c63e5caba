import fc from 'fast-check';
import type { Json } from '../src/oracle/schema.ts';
import { answersHere } from '../test/privileged/user-namespace/mapped-programs.ts';
import { mappedCases, simulated, type MappedCase } from '../test/property/sim/differential/mapped-ids.ts';
import { firstDifference, type Result } from '../test/property/sim/differential/run-program.ts';
import type { CaseKind, CaseResult, Finding, Reached } from './case.ts';
import { outcomeOf } from './programs.ts';

/** Cases that are programs by its root, and by another user, of a user namespace that has some ids. */
export const mappedKinds: readonly CaseKind[] = [0, 1].map((id) => ({
  name: `programs, user ${id} of a user namespace`,
  run: (seed) => compared(seed, id),
}));

/** So many at once: on the real kernel such a namespace takes a process of its own. */
const together = 150;

/** A case, and the call of it by which the kernels differ. */
interface Difference {
  readonly each: MappedCase;
  readonly at: number;
  readonly real: Result | undefined;
  readonly simulated: Result | undefined;
}

async function compared(seed: number, id: number): Promise<CaseResult> {
  const cases = fc.sample(mappedCases, { numRuns: together, seed });
  const answers = await answersHere(cases, id);
  const calls = cases.flatMap(({ inside }, number) =>
    inside.map(({ op }, at): Reached => [op, outcomeOf(answers[number]?.[at])]),
  );
  const [first] = differences(cases, answers, id);
  return { calls, finding: first === undefined ? undefined : findingOf(await shortest(first, id), id) };
}

function differences(
  cases: readonly MappedCase[],
  answers: readonly (readonly Result[])[],
  id: number,
): readonly Difference[] {
  return cases.flatMap((each, number) => {
    const real = answers[number] ?? [];
    const sim = simulated(each, id);
    const at = firstDifference(sim, real);
    return at === undefined ? [] : [{ each, at, real: real[at], simulated: sim[at] }];
  });
}

/** Leaves out ever smaller groups of calls, for as long as the kernels still differ; all groups of a size are tried at once. */
async function shortest(begin: Difference, id: number): Promise<Difference> {
  let found = begin;
  for (let size = 32; size >= 1;) {
    const candidates = without(found, size);
    const [shorter] = candidates.length === 0 ? [] : differences(candidates, await answersHere(candidates, id), id);
    if (shorter === undefined) size = Math.floor(size / 2);
    else found = shorter;
  }
  return found;
}

function without({ each: { outside, inside }, at }: Difference, size: number): readonly MappedCase[] {
  const needed = inside.slice(0, at + 1);
  const starts = (length: number): number[] => Array.from({ length: Math.ceil(length / size) }, (_, n) => n * size);
  return [
    ...starts(at).map((start) => ({ outside, inside: needed.toSpliced(start, Math.min(size, at - start)) })),
    ...starts(outside.length).map((start) => ({ outside: outside.toSpliced(start, size), inside: needed })),
  ];
}

function findingOf({ each, at, real, simulated: sim }: Difference, id: number): Finding {
  const record = { ...each, id, last: real, simulated: sim };
  const lines = [`${JSON.stringify(each.inside[at])}: expected ${JSON.stringify(real)}, got ${JSON.stringify(sim)}`];
  return { lines, ending: 'json', records: [record as unknown as Json] };
}
