import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('README.md', 'utf8');
const example = readFileSync('demo/library.ts', 'utf8');

describe('the README', () => {
  it('shows the library as the example has it', () => {
    const published = example
      .replace('../src/index.ts', 'graphdriver')
      .replace('../src/sim/index.ts', 'graphdriver/sim');
    expect(readme).toContain('```ts\n' + published + '```');
  });

  it('shows what the example prints', () => {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', 'demo/library.ts'], { encoding: 'utf8' });
    expect(printed).toBe('A /etc\ntrue\n');
  });
});
