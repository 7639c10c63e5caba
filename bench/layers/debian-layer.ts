import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes `directory/layer.tar`, a base layer like that of Debian's own image: the packages of priority required and important
 * with all that they depend on, fetched by apt as for an empty system, and unpacked. The versions are those of the
 * machine's sources. Throws where this machine has no apt, or apt no sources.
 */
export function debianLayer(directory: string): string {
  const archives = join(directory, 'archives');
  const tree = join(directory, 'tree');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  mkdirSync(tree);
  fetchPackages(directory, archives);
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg-deb', ['--extract', join(archives, file), tree]);
  }
  const layer = join(directory, 'layer.tar');
  const form = ['--sort=name', '--numeric-owner', '--xattrs', '--format=pax', '--pax-option=delete=atime,delete=ctime'];
  execFileSync('tar', [...form, '-C', tree, '-cf', layer, '.']);
  rmSync(archives, { recursive: true });
  rmSync(tree, { recursive: true });
  return layer;
}

function fetchPackages(directory: string, archives: string): void {
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
  execFileSync('apt-get', ['install', ...wanted, 'apt', ...basePackages()], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function basePackages(): readonly string[] {
  const available = execFileSync('apt-cache', ['dumpavail'], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const names = available
    .split('\n\n')
    .filter((stanza) => /^Priority: (?:required|important)$/m.test(stanza))
    .map((stanza) => /^Package: (.+)$/m.exec(stanza)?.[1] ?? '');
  if (names.length === 0) throw new Error('apt knows no packages; run `apt-get update`');
  return [...new Set(names)];
}
