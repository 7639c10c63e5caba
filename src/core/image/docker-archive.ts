import { chooseByPlatform, chooseByRef, nameAsAsked, type Candidate, type ImageChoice } from './choice.ts';
import { digest, type Digest } from './digest.ts';
import { sha256 } from './hashing.ts';
import { parseDocument, readDocument, readDocumentBytes, type Json } from './document.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import { imageOf, readConfig, storedSize, type Image, type ImageConfig, type StoredLayer } from './image.ts';

/** Whether the files are what `docker save` writes, since Docker 1.10. */
export function isDockerArchive(files: ImageFiles): boolean {
  return files.size('manifest.json') !== undefined;
}

/** An entry of manifest.json, which names its config and the layers' archives, base first. */
interface DockerCandidate extends Candidate {
  readonly manifest: Json;
  readonly config: ImageConfig;
}

/** The image of a docker-archive that the choice names. @throws ImageError */
export async function openDockerArchive(files: ImageFiles, choice: ImageChoice): Promise<Image> {
  const manifests = (await readDocument(files, 'manifest.json')).list();
  if (manifests.length === 0) throw new ImageError('it holds no image: its manifest.json is an empty list');
  const candidates: DockerCandidate[] = [];
  for (const manifest of manifests) candidates.push(await readCandidate(files, manifest));
  const image = chooseByPlatform(chooseByRef(candidates, choice.ref), choice.platform);
  const layers = image.manifest.field('Layers').listOrNone();
  const stored = layers.map((layer) => storedLayer(files, layer));
  return imageOf(nameAsAsked(image.names, choice.ref) ?? image.digest, image.config, files, stored);
}

async function readCandidate(files: ImageFiles, manifest: Json): Promise<DockerCandidate> {
  const file = manifest.field('Config').text();
  const named = digestInName(file);
  const bytes = await readDocumentBytes(files, file, named === undefined ? {} : { digest: named });
  const config = readConfig(parseDocument(bytes, file));
  const names = manifest.field('RepoTags').listOrNone();
  return {
    manifest,
    config,
    platform: config.platform,
    digest: sha256(bytes),
    names: names.map((name) => name.text()),
  };
}

/** Docker calls the config by its digest: `HEX.json`, `blobs/sha256/HEX`; others `sha256:HEX`. */
function digestInName(file: string): Digest | undefined {
  const hex = /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json)?$/.exec(file)?.[1];
  return hex === undefined ? undefined : digest(`sha256:${hex}`, file);
}

function storedLayer(files: ImageFiles, layer: Json): StoredLayer {
  const file = layer.text();
  return { file, size: storedSize(files, file, layer.where), digest: digestInName(file) };
}
