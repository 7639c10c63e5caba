import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyLayerToOverlay, applyLayerToTree, writeTree } from '../../../src/core/archive/index.ts';
import { dumpTree, type DumpRow } from '../../../src/core/tree/index.ts';
import { join, type Host, type Path } from '../../../src/host/index.ts';
import { makeRichTree } from '../../property/archive/rich-tree.ts';
import { streamOf } from '../../property/archive/unpack-case.ts';
import { collect } from '../../property/archive/write-laws.ts';
import { LinuxScratches, whyNoScratch } from './linux-scratch.ts';

const xattrs = ['--xattrs', '--xattrs-include=*'];

/** A root that no member describes has the time at which it was made. */
function rows(host: Host, path: Path): DumpRow[] {
  return [...dumpTree(host, path)].map((row) => (row.path === '.' ? { ...row, mtime: 0, mtimeNs: 0 } : row));
}

describe.skipIf(whyNoScratch() !== undefined)('GNU tar', () => {
  let scratches: LinuxScratches;
  beforeAll(() => {
    scratches = new LinuxScratches();
  });
  afterAll(() => {
    scratches.end();
  });

  test('unpacks what we write as the same tree', () =>
    scratches.run(async ({ host, directory }) => {
      const root = makeRichTree({ host, directory });
      const archive = await collect(writeTree(host, root));
      const copy = join(directory, 'copy');
      host.fs.mkdir(copy, 0o755);
      execFileSync('tar', ['-C', copy, '--numeric-owner', ...xattrs, '-xpf', '-'], { input: archive });
      expect(rows(host, copy)).toEqual(rows(host, root));
    }));

  test.each(['pax', 'gnu'])('writes in its format %s what we unpack as the same tree', (format) =>
    scratches.run(async ({ host, directory }) => {
      const root = makeRichTree({ host, directory });
      const options = format === 'pax' ? [...xattrs] : [];
      const create = ['-C', root, `--format=${format}`, ...options, '-cf', '-', '.'];
      const archive = execFileSync('tar', create, { maxBuffer: 1 << 28 });
      const copy = join(directory, 'copy');
      host.fs.mkdir(copy, 0o755);
      await applyLayerToTree(host, streamOf(archive, 10_000), { root: copy, files: 'own' });
      expect(rows(host, copy).map(comparable)).toEqual(rows(host, root).map(comparable));

      /** GNU's own format has whole seconds and no attributes; an ACL is in the mode's bits as well. */
      function comparable({ xattrs: kept, mtimeNs, ...row }: DumpRow): unknown {
        return format === 'pax' ? { ...row, mtimeNs, kept } : row;
      }
    }),
  );

  test('leaves no descriptor open, whoever ends first', () =>
    scratches.run(async ({ host, directory }) => {
      const root = makeRichTree({ host, directory });
      const archive = await collect(writeTree(host, root));
      const before = readdirSync('/proc/self/fd').length;
      for await (const chunk of writeTree(host, root)) if (chunk.length > 0) break;
      const [diff, broken] = [join(directory, 'diff'), archive.subarray(0, 400_000)];
      host.fs.mkdir(diff, 0o755);
      const layer = { diff, lowers: [root], xattrs: 'trusted' } as const;
      await expect(applyLayerToOverlay(host, streamOf(broken), layer)).rejects.toThrow('cut off');
      await expect(applyLayerToTree(host, failing(archive), { root: diff, files: 'own' })).rejects.toThrow('gone');
      expect(readdirSync('/proc/self/fd').length).toBe(before);
    }));
});

async function* failing(archive: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(archive.subarray(0, 300_000));
  throw new Error('the source is gone');
}
