import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { basePackages, fetchPackages, packTree, unpackPackages } from '../layers/debian-layer.ts';

/** An image in a file, and the diffIDs of its layers, the lowest first. */
export interface DebianImage {
  readonly file: string;
  readonly diffIds: readonly string[];
}

/**
 * Makes an image in the form of `docker save`, some 370 MB in three layers: Debian's packages of priority required and important;
 * those of docker.io; and what an administrator might do then: documentation removed, manuals replaced, configuration
 * changed and linked. Throws where this machine has no apt, or apt no sources.
 */
export async function debianImage(directory: string): Promise<DebianImage> {
  const files = join(directory, 'files');
  mkdirSync(files);
  const trees = [unpackBase, unpackEngine, changeThings];
  const layers = trees.map((make, n) => {
    const tree = join(directory, `tree-${n}`);
    make(directory, tree);
    if (n === 0) cpSync(join(tree, 'etc'), join(directory, 'etc'), { recursive: true, verbatimSymlinks: true });
    packTree(tree, join(files, `${n}.tar`));
    return `${n}.tar`;
  });
  const diffIds = [];
  for (const layer of layers) diffIds.push(await digestOf(join(files, layer)));
  const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } };
  writeFileSync(join(files, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: ['bench:image'], Layers: layers }];
  writeFileSync(join(files, 'manifest.json'), JSON.stringify(manifest));
  const file = join(directory, 'image.tar');
  execFileSync('tar', ['-C', files, '-cf', file, 'manifest.json', 'config.json', ...layers]);
  for (const used of ['files', 'archives']) rmSync(join(directory, used), { recursive: true });
  return { file, diffIds };
}

/** The digest of a file, `sha256:…`. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}

function unpackBase(directory: string, tree: string): void {
  unpackPackages(directory, fetchPackages(directory, ['apt', ...basePackages()]), tree);
}

function unpackEngine(directory: string, tree: string): void {
  unpackPackages(directory, fetchPackages(directory, ['docker.io']), tree);
}

function changeThings(directory: string, tree: string): void {
  mkdirSync(join(tree, 'usr/share/man/man1'), { recursive: true });
  writeFileSync(join(tree, 'usr/share/man/.wh..wh..opq'), '');
  writeFileSync(join(tree, 'usr/share/man/man1/own.1'), '.TH OWN 1\n');
  writeFileSync(join(tree, 'usr/share/.wh.doc'), '');
  renameSync(join(directory, 'etc'), join(tree, 'etc'));
  writeFileSync(join(tree, 'etc/hostname'), 'bench\n');
  writeFileSync(join(tree, 'etc/.wh.issue'), '');
  execFileSync('ln', [join(tree, 'etc/hostname'), join(tree, 'etc/name')]);
}
