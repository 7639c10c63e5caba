import { errno, isDirectory, join, SystemError, textFromPath, type Host, type Path } from '../../host/index.ts';
import { readFile } from '../files/read-file.ts';
import { UnknownLayerError } from '../layer-errors.ts';
import { layerId, parentId, type LayerId, type ParentId } from '../layer-id.ts';
import type { Layers } from './layers.ts';

/** An image or container that becomes a layer. */
export interface Migrated {
  readonly id: LayerId;
  /** The image below: an image's parent, a container's image. */
  readonly below: ParentId;
  /** Where its content is, or was before it was moved. */
  readonly content: Path;
}

/** What there is to do below a directory of a Docker before 0.7. */
export interface MigrationPlan {
  /** Parents before their children. */
  readonly images: readonly Migrated[];
  readonly containers: readonly Migrated[];
}

/**
 * Reads all that is to be migrated, and refuses what cannot be before anything is moved.
 * @throws MigrationError, InvalidLayerIdError; UnknownLayerError for a parent or image that is nowhere
 */
export function planMigration(host: Host, layers: Layers, directory: Path): MigrationPlan {
  const images = readImages(host, layers, join(directory, 'graph'));
  const containers = readContainers(host, layers, join(directory, 'containers'));
  const known = (id: ParentId): boolean => id === '' || images.has(id) || layers.exists(id);
  for (const { below } of [...images.values(), ...containers]) {
    if (below !== '' && !known(below)) throw new UnknownLayerError(below, 'migrate');
  }
  return { images: parentsFirst(images), containers };
}

/** What a Docker before 0.7 has written cannot be migrated. Nothing was moved. */
export class MigrationError extends SystemError {
  constructor(path: Path, why: string) {
    super(errno.EINVAL, 'migrate', path);
    this.message = `EINVAL: cannot migrate '${textFromPath(path)}': ${why}`;
  }
}

function readImages(host: Host, layers: Layers, graph: Path): ReadonlyMap<LayerId, Migrated> {
  const found = new Map<LayerId, Migrated>();
  for (const name of directoriesIn(host, graph)) {
    if (name.startsWith('_')) continue;
    const content = join(graph, name, 'layer');
    if (!hasContent(host, layers, name, content)) continue;
    const file = join(graph, name, 'json');
    const { id, parent = '' } = readJson(host, file, ['id', 'parent']);
    if (id !== name) throw new MigrationError(file, `it is about the image '${String(id)}'`);
    found.set(admit(layers, name), { id: layerId(name), below: parentId(parent), content });
  }
  return found;
}

function readContainers(host: Host, layers: Layers, directory: Path): readonly Migrated[] {
  if (host.fs.lstatIfExists(directory) === undefined) return [];
  const found: Migrated[] = [];
  for (const name of directoriesIn(host, directory)) {
    const content = join(directory, name, 'rw');
    if (!hasContent(host, layers, name, content)) continue;
    const file = join(directory, name, 'config.json');
    const { Image: image = '' } = readJson(host, file, ['Image']);
    admit(layers, initOf(name));
    found.push({ id: admit(layers, name), below: parentId(image), content });
  }
  return found;
}

/** The layer between an image and a container. */
export function initOf(id: string): string {
  return `${id}-init`;
}

/** The content is there, or it was moved by a run that came no further. */
function hasContent(host: Host, layers: Layers, name: string, content: Path): boolean {
  if (host.fs.lstatIfExists(content) !== undefined) return true;
  const moved = host.fs.lstatIfExists(join(layers.layout.diffs, name));
  return moved !== undefined && !layers.exists(layerId(name));
}

/** @throws InvalidLayerIdError for what can be no layer of this driver */
function admit(layers: Layers, name: string): LayerId {
  const id = layerId(name);
  if (!layers.exists(id)) layers.mustBeFree(id);
  return id;
}

function directoriesIn(host: Host, directory: Path): readonly string[] {
  const names = host.fs.readdir(directory).map(({ name }) => name);
  return names.filter((name) => isDirectory(host.fs.lstat(join(directory, name)).mode)).sort();
}

/** The members of a JSON object that are asked for, all of them texts where they are there. */
function readJson<Key extends string>(
  host: Host,
  file: Path,
  keys: readonly Key[],
): Readonly<Partial<Record<Key, string>>> {
  const value = parse(file, Buffer.from(readFile(host.fs, file), 'latin1').toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new MigrationError(file, 'it is no JSON object');
  const members: Partial<Record<Key, string>> = {};
  for (const key of keys) {
    const member: unknown = Reflect.get(value, key);
    if (member !== undefined && typeof member !== 'string') throw new MigrationError(file, `its ${key} is no text`);
    if (member !== undefined) members[key] = member;
  }
  return members;
}

function parse(file: Path, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MigrationError(file, error instanceof Error ? error.message : String(error));
  }
}

function parentsFirst(images: ReadonlyMap<LayerId, Migrated>): readonly Migrated[] {
  const ordered = new Set<Migrated>();
  for (const image of images.values()) {
    const chain: Migrated[] = [];
    for (let next: Migrated | undefined = image; next !== undefined && !ordered.has(next);) {
      if (chain.includes(next)) throw new MigrationError(next.content, 'it is among the parents of its own parent');
      chain.push(next);
      next = next.below === '' ? undefined : images.get(next.below);
    }
    for (const each of chain.reverse()) ordered.add(each);
  }
  return [...ordered];
}
