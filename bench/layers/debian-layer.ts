import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes `directory/layer.tar`, a base layer like that of Debian's own image: the packages of priority required and important
 * with all that they depend on, fetched by apt as for an empty system, and unpacked. The versions are those of the
 * machine's sources. Throws where this machine has no apt, or apt no sources.
 */
export function debianLayer(directory: string): string {
  const layer = join(directory, 'layer.tar');
  const tree = join(directory, 'tree');
  unpackPackages(directory, fetchPackages(directory, ['apt', ...basePackages()]), tree);
  packTree(tree, layer);
  rmSync(archivesIn(directory), { recursive: true });
  return layer;
}

/** Unpacks packages below a new directory. */
export function unpackPackages(directory: string, files: readonly string[], tree: string): void {
  mkdirSync(tree);
  for (const file of files) execFileSync('dpkg-deb', ['--extract', join(archivesIn(directory), file), tree]);
}

/** Makes a layer archive of a tree, which is removed. */
export function packTree(tree: string, layer: string): void {
  const form = ['--sort=name', '--numeric-owner', '--xattrs', '--format=pax', '--pax-option=delete=atime,delete=ctime'];
  execFileSync('tar', [...form, '-C', tree, '-cf', layer, '.']);
  rmSync(tree, { recursive: true });
}

function archivesIn(directory: string): string {
  return join(directory, 'archives');
}

/** Fetches packages and all that they depend on, as for an empty system; answers the files that were not there before. */
export function fetchPackages(directory: string, packages: readonly string[]): readonly string[] {
  const archives = archivesIn(directory);
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const there = new Set(readdirSync(archives));
  const status = join(directory, 'status');
  writeFileSync(status, '');
  const settings = {
    'Dir::State::status': status,
    'Dir::Cache::archives': archives,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const wanted = ['--yes', '--quiet=2', '--download-only', '--no-install-recommends', ...options];
  execFileSync('apt-get', ['install', ...wanted, ...packages], { stdio: ['ignore', 'ignore', 'pipe'] });
  return readdirSync(archives).filter((name) => name.endsWith('.deb') && !there.has(name));
}

/** The packages of priority required and important. */
export function basePackages(): readonly string[] {
  const available = execFileSync('apt-cache', ['dumpavail'], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const names = available
    .split('\n\n')
    .filter((stanza) => /^Priority: (?:required|important)$/m.test(stanza))
    .map((stanza) => /^Package: (.+)$/m.exec(stanza)?.[1] ?? '');
  if (names.length === 0) throw new Error('apt knows no packages; run `apt-get update`');
  return [...new Set(names)];
}
