import { createHash } from 'node:crypto';
import { Malformed } from '../archive/errors.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import { chooseByPlatform, chooseByRef, nameAsAsked, type Candidate, type ImageChoice } from './choice.ts';
import { decompress } from './compression.ts';
import { readPlatform } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { parseDocument, readDocument, readDocumentBytes, type Json } from './document.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import { digestOf, sha256 } from './hashing.ts';
import { imageOf, storedSize, type Image, type StoredLayer } from './image.ts';

/*
 * The archives of `docker save` before Docker 1.10, which `docker load` takes to this day:
 *
 *     repositories    { NAME: { TAG: ID } }
 *     ID/json         of a layer and the image that ends with it: id, parent, os, architecture …
 *     ID/layer.tar    what it changes
 *     ID/VERSION      1.0
 *
 * They name no digests at all: a layer's diffID is what its archive has.
 */

/** Whether the files are such an archive. Later ones hold the same besides their manifest.json. */
export function isFirstArchive(files: ImageFiles): boolean {
  return files.size('repositories') !== undefined;
}

/** An image of the archive: its topmost layer. */
interface FirstCandidate extends Candidate {
  readonly id: string;
}

/** The image that the choice names. All its layers are read, since nothing tells their diffIDs. @throws ImageError */
export async function openFirstArchive(
  files: ImageFiles,
  choice: ImageChoice,
  limits: Partial<ArchiveLimits>,
): Promise<Image> {
  const candidates = await readCandidates(files);
  if (candidates.length === 0) throw new ImageError('it holds no image: its file repositories names none');
  const image = chooseByPlatform(chooseByRef(candidates, choice.ref), choice.platform);
  const stored = (await stackOf(files, image.id)).map((id) => storedLayer(files, id));
  const diffIds: Digest[] = [];
  for (const layer of stored) diffIds.push(await diffIdOf(files, layer, limits));
  const name = nameAsAsked(image.names, choice.ref) ?? image.digest;
  return imageOf(name, { platform: image.platform, diffIds, where: jsonOf(image.id) }, files, stored);
}

async function readCandidates(files: ImageFiles): Promise<readonly FirstCandidate[]> {
  const candidates: FirstCandidate[] = [];
  for (const [name, tags] of (await readDocument(files, 'repositories')).fields()) {
    for (const [tag, id] of tags.texts()) candidates.push(await readCandidate(files, `${name}:${tag}`, id));
  }
  return candidates;
}

async function readCandidate(files: ImageFiles, name: string, id: string): Promise<FirstCandidate> {
  const bytes = await readDocumentBytes(files, jsonOf(id), {});
  const platform = readPlatform(parseDocument(bytes, jsonOf(id)));
  return { id, names: [name], digest: sha256(bytes), platform };
}

/** The layers of an image, base first. */
async function stackOf(files: ImageFiles, top: string): Promise<readonly string[]> {
  const stack = new Set<string>();
  for (let id = top; id !== '';) {
    if (stack.has(id)) throw new ImageError(`${jsonOf(id)} is its own parent, by ${stack.size} steps`);
    stack.add(id);
    const json: Json = await readDocument(files, jsonOf(id));
    id = json.field('parent').textOrNone();
  }
  return [...stack].reverse();
}

function jsonOf(id: string): string {
  return `${id}/json`;
}

function storedLayer(files: ImageFiles, id: string): StoredLayer {
  const file = `${id}/layer.tar`;
  return { file, size: storedSize(files, file, `the layer ${id}`), digest: undefined };
}

async function diffIdOf(files: ImageFiles, { file }: StoredLayer, limits: Partial<ArchiveLimits>): Promise<Digest> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of decompress(files.read(file), limits)) hash.update(chunk);
  } catch (error) {
    throw error instanceof ImageError || error instanceof Malformed
      ? new ImageError(`${file}: ${error.message}`)
      : error;
  }
  return digestOf(hash, 'sha256');
}
