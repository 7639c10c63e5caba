/**
 * The first thing a newcomer runs: loads a real image, shows its layers, one of its trees and a container's life. On the
 * real kernel where overlay can be mounted, else on the simulated one. Everything happens in a directory of its own that
 * is gone afterwards.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxHost } from '../src/host/linux/index.ts';

const image = join(import.meta.dirname, '../test/data/images/tricky/docker-archive.tar');
const main = join(import.meta.dirname, '../src/cli/main.ts');
const scratch = mkdtempSync(join(tmpdir(), 'graphdriver-demo-'));
const real = process.getuid?.() === 0 && linuxHost().ok;
const place = real ? ['--root', join(scratch, 'root')] : ['--host', `sim:${join(scratch, 'machine')}`];

function command(...parameters: readonly string[]): readonly string[] {
  return ['--import', 'tsx', main, ...place, ...parameters];
}

/** Shows a command and what it prints. */
function show(...parameters: readonly string[]): void {
  console.log(
    `\n$ graphdriver ${parameters.map((parameter) => (parameter === image ? 'IMAGE' : parameter)).join(' ')}`,
  );
  execFileSync(process.execPath, command(...parameters), { stdio: 'inherit' });
}

/** Runs a command and answers what it prints as JSON. */
function ask(...parameters: readonly string[]): unknown {
  return JSON.parse(execFileSync(process.execPath, command('--json', ...parameters), { encoding: 'utf8' }));
}

try {
  console.log(
    real
      ? 'On the real kernel, as root.'
      : 'On the simulated kernel: this is not root, or the addon is not built. As root it is the real one.',
  );
  show('load', image);
  const { top } = ask('load', image) as { readonly top: string };
  show('tree', top);
  show('create', 'container', '--parent', top, '--read-write');
  show('changes', 'container');
  show('status');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
