import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { layerBytes, layerCases, readLines } from './layer-cases.ts';

interface Digests {
  readonly id: string;
  readonly sha256: readonly string[];
  readonly bytes: readonly number[];
}

// The cases are only worth something if the bytes are those that the real tools were given.
test('every case is made of the same bytes as in shared/layers', () => {
  const digests = new Map((readLines('digests.jsonl') as Digests[]).map((line) => [line.id, line]));
  const made = layerCases().map(({ id, layers }) => {
    const bytes = layers.map(layerBytes);
    return {
      id,
      sha256: bytes.map((layer) => createHash('sha256').update(layer).digest('hex')),
      bytes: bytes.map(({ length }) => length),
    };
  });
  expect(made).toEqual(made.map(({ id }) => digests.get(id)));
});
