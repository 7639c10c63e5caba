import type { Answer } from '../outcome.ts';
import type { OpRecord } from '../records.ts';
import type { Json } from '../schema.ts';
import type { Scene } from './scene.ts';

/**
 * The paths that a trace may name, relative to the mount point. What the kernel answers tells which of them are there, so that
 * most operations find something: a trace of errors shows little.
 */
export class Places {
  readonly #scene: Scene;
  /** What is there, as far as answers have told; whether it is a directory. */
  readonly #there = new Map<string, boolean>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Something that is there or was, or a name that never was. */
  any(): string {
    const { chance, paths } = this.#scene;
    if (chance.percent(2)) return '.';
    if (chance.percent(10)) return this.fresh();
    const among = this.#there.size > 0 && chance.percent(75) ? [...this.#there.keys()] : paths;
    if (among.length === 0) return this.fresh();
    const path = chance.pick(among);
    return chance.percent(6) ? `${path}/${this.#scene.name()}` : path;
  }

  /** A name, mostly a new one, in something that may be a directory. */
  fresh(): string {
    const { chance, paths } = this.#scene;
    const directories = [...this.#there].flatMap(([path, directory]) => (directory ? [path] : []));
    const known = directories.length > 0 && chance.percent(75);
    const beside = known ? chance.pick(directories) : paths.length === 0 ? '' : chance.pick(paths);
    const parent = known && chance.percent(70) ? beside : parentOf(beside);
    return parent === '' ? this.#scene.name() : `${parent}/${this.#scene.name()}`;
  }

  /** Takes notice of what came of an operation. */
  learn(record: OpRecord, { r, e }: Answer): void {
    if (e === undefined) this.#succeeded(record, r);
    else if (saysNothingIsThere(e) && (record.op === 'stat' || record.op === 'lstat')) this.#gone(record.path);
  }

  #succeeded(record: OpRecord, r: Json | undefined): void {
    switch (record.op) {
      case 'readdir':
        this.#seen(record.path, r);
        break;
      case 'mkdir':
        this.#made(record.path, true);
        break;
      case 'symlink':
      case 'mknod':
        this.#made(record.path, false);
        break;
      case 'open':
        if (record.flags.includes('O_CREAT')) this.#made(record.path, false);
        break;
      case 'link':
        this.#made(record.to, false);
        break;
      case 'unlink':
      case 'rmdir':
        this.#gone(record.path);
        break;
      case 'rename':
        if (record.flags?.includes('EXCHANGE') !== true) this.#moved(record.path, record.to);
        break;
      default:
      // Others make and remove no names.
    }
  }

  #seen(directory: string, entries: Json | undefined): void {
    if (!Array.isArray(entries)) return;
    for (const entry of entries as readonly Json[]) {
      const [name, type] = Array.isArray(entry) ? (entry as readonly Json[]) : [];
      if (typeof name === 'string') this.#there.set(directory === '.' ? name : `${directory}/${name}`, type === 'dir');
    }
  }

  #made(path: string, directory: boolean): void {
    this.#there.set(path, directory);
    this.#scene.paths.push(path);
  }

  #gone(path: string): void {
    this.#there.delete(path);
  }

  #moved(from: string, to: string): void {
    for (const [path, directory] of [...this.#there]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.#there.delete(path);
      this.#made(to + path.slice(from.length), directory);
    }
  }
}

function saysNothingIsThere(error: string): boolean {
  return error === 'ENOENT' || error === 'ENOTDIR';
}

function parentOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
