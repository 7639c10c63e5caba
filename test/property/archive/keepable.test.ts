import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { writeTree } from '../../../src/core/archive/index.ts';
import { keepable } from '../../../src/core/index.ts';
import { makeRichTree } from './rich-tree.ts';
import { simScratches } from './scratch.ts';
import { collect } from './write-laws.ts';

test('an archive may be read through a stream of Node, which asks ahead', () =>
  simScratches.run(async (scratch) => {
    const root = makeRichTree(scratch);
    const archive = await collect(writeTree(scratch.host, root));
    expect(archive.length, 'more than one chunk').toBeGreaterThan(600_000);
    const read = await buffer(Readable.from(keepable(writeTree(scratch.host, root))));
    expect(read.equals(archive)).toBe(true);
  }));
