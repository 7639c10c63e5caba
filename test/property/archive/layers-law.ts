import { expect, test } from 'vitest';
import type { DumpRow } from '../../../src/core/tree/index.ts';
import { layerCases, readLines } from './layer-cases.ts';
import { ruleCases, summaries } from './rules/index.ts';
import { unpackCase, type Form } from './unpack-case.ts';
import type { Scratches } from './scratch.ts';

const forms = ['overlay', 'tree'] as const;

/** A line of test/data/layers/expected.jsonl; README.md there says what it means. */
interface Expectation {
  readonly id: string;
  readonly form: Form;
  readonly refused?: number;
  readonly sizes?: readonly number[];
  readonly warnings?: number;
  readonly view?: readonly ExpectedRow[] | 'overlay';
}

/** A time of null is the time of the test. */
export type ExpectedRow = Omit<DumpRow, 'mtime' | 'mtimeNs'> & {
  readonly mtime: number | null;
  readonly mtimeNs: number | null;
};

/** What is right for each case and form. */
export const expectations = readLines('expected.jsonl') as Expectation[];
/** All cases by id. */
export const cases = new Map(layerCases().map((layerCase) => [layerCase.id, layerCase]));

/**
 * Every case of shared/layers gives what real tools made of it, or what layer-rules.md says is right; so do the cases that
 * stand for the rules.
 */
export function checkLayers(scratches: () => Scratches): void {
  test.each(expectations)('$id as $form', async (expectation) => {
    const layerCase = cases.get(expectation.id);
    if (layerCase === undefined) throw new Error(`no case ${expectation.id}`);
    const outcome = await scratches().run((scratch) => unpackCase(scratch, layerCase, expectation.form));
    expect(outcome.refused).toBe(expectation.refused);
    expect(outcome.warnings.length).toBe(expectation.warnings ?? 0);
    if (expectation.sizes !== undefined) expect(outcome.sizes).toEqual(expectation.sizes);
    const view = expectedView(expectation);
    expect(withoutPresent(outcome.view, view)).toEqual(view);
  });

  const byForm = ruleCases.flatMap((ruleCase) => forms.map((form) => ({ ...ruleCase, form })));
  test.each(byForm)('$rule: $id, as $form', async ({ form, expected, ...ruleCase }) => {
    const { refused, view } = await scratches().run((scratch) => unpackCase(scratch, ruleCase, form));
    expect(refused === undefined ? summaries(view ?? []) : { refused }).toEqual(expected[form] ?? expected.both);
  });
}

/** The view that a case has. */
export function expectedView({ id, view }: Expectation): readonly ExpectedRow[] | undefined {
  if (view !== 'overlay') return view;
  const same = expectations.find((other) => other.id === id && other.form === 'overlay');
  return same?.view === 'overlay' ? undefined : same?.view;
}

/** The rows with null for each time that is expected to be null. */
export function withoutPresent(
  rows: readonly DumpRow[] | undefined,
  expected: readonly ExpectedRow[] | undefined,
): readonly ExpectedRow[] | undefined {
  return rows?.map((row, i) => (expected?.[i]?.mtime === null ? { ...row, mtime: null, mtimeNs: null } : row));
}
