import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quirkNames, quirkProfiles, quirksNamed } from '../../../src/core/quirks.ts';
import { graphdriver } from '../cli/command-line.ts';

/** The table of docs/quirks.md: for each quirk the releases that have it. */
function documented(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync('docs/quirks.md', 'utf8').match(/^\|.*\|$/gm) ?? [];
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const [, , , ...releases] = cells[0]?.slice(0, -1) ?? [];
  return new Map(
    cells.slice(2).map(([, name = '', , ...marks]) => [name, releases.filter((_, at) => marks[at] === 'yes')]),
  );
}

describe('quirks', () => {
  it('are named one by one or by a release', () => {
    expect(quirksNamed([])).toEqual([]);
    expect(quirksNamed(['bare-root', 'docker-1.10', 'stack-mounts'])).toEqual([
      ...new Set(['bare-root', ...(quirkProfiles['docker-1.10'] ?? [])]),
    ]);
    expect(() => quirksNamed(['toString'])).toThrow(/^there is no quirk "toString"; there are ignore-prior-state, /);
  });

  it('are documented, each with the releases that have it', () => {
    const releases = (name: string): readonly string[] =>
      Object.keys(quirkProfiles).filter((each) => quirkProfiles[each]?.some((quirk) => quirk === name));
    expect([...documented()]).toEqual(quirkNames.map((name) => [name, releases(name)]));
  });

  it('are taken by the command, which refuses other names', async () => {
    expect(
      await graphdriver(['--host', 'sim', '--quirk', 'docker-1.10', '--quirk', 'bare-root', 'status']),
    ).toMatchObject({
      status: 0,
    });
    const refused = await graphdriver(['--host', 'sim', '--quirk', 'nosuch', 'status']);
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toContain('--quirk: there is no quirk "nosuch"');
  });
});
