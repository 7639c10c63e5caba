import { execFileSync } from 'node:child_process';
import { rmSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs';
import { diskRecipes } from './disk-recipe.ts';
import type { DiskFilesystem } from './names.ts';

/**
 * Mounts a fresh, empty filesystem of the running kernel, its root mode 0755, on a directory. It lies on a loop device over
 * `image`, a file that is made and gone again: so it needs no space before it is written to, and ends with its last mount.
 * Throws where the programs for it are missing or fail.
 */
export function mountFreshDisk(kind: DiskFilesystem, image: string, directory: string): void {
  const { command, mebibytes } = diskRecipes[kind];
  writeFileSync(image, '', { flag: 'wx' });
  try {
    truncateSync(image, mebibytes * 2 ** 20);
    run([...command, image]);
    run(['mount', '-t', kind, '-o', 'loop', image, directory]);
  } finally {
    rmSync(image);
  }
  if (kind === 'ext4') rmdirSync(`${directory}/lost+found`);
}

function run([program = '', ...words]: readonly string[]): void {
  // System programs are not in everybody's path.
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  execFileSync(program, words, { env: { ...process.env, PATH: path }, stdio: ['ignore', 'ignore', 'pipe'] });
}
