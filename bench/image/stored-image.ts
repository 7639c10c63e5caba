import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Graphdriver } from '../../test/privileged/cli/binary.ts';
import type { Cost } from '../layers/race.ts';
import { measuredTool } from '../layers/race.ts';
import { digestOf, type DebianImage } from './debian-image.ts';

/** What a command has cost, each in a process of its own. */
export interface CommandCost extends Cost {
  /** The most memory of the process, in MiB. */
  readonly memory: number;
}

/** An image that is put into a store with the command. */
export class StoredImage {
  readonly directory: string;
  readonly file: string;
  readonly command: Graphdriver;
  readonly #words: readonly string[];
  readonly #diffIds: readonly string[];
  #ids: readonly string[] = [];

  constructor(directory: string, { file, diffIds }: DebianImage) {
    this.directory = directory;
    this.file = file;
    this.#diffIds = diffIds;
    const options = ['--host', 'linux', '--driver', 'overlay2', '--root', join(directory, 'store')];
    this.command = new Graphdriver(options);
    this.#words = this.command.words;
  }

  /** The layers, the lowest first. */
  get ids(): readonly string[] {
    return this.#ids;
  }

  /** Loads the image; digests are verified while its layers are read. */
  load(): CommandCost {
    const cost = this.#cost('load', this.file);
    this.#ids = (this.command.json('list') as { readonly id: string }[]).map(({ id }) => id);
    return cost;
  }

  /** Computes all diffIDs from what is on the disk. Throws where one is not the image's. */
  verify(): CommandCost {
    return this.#cost('verify', this.file);
  }

  /** Writes every layer out. Throws where one is not bit for bit that of the image. */
  async writeOut(): Promise<void> {
    for (const [n, id] of this.#ids.entries()) {
      const tar = join(this.directory, 'layer-out.tar');
      this.command.ok('diff', id, '-o', tar);
      const digest = await digestOf(tar);
      if (digest !== this.#diffIds[n])
        throw new Error(`layer ${id} is written as ${digest}, and was ${this.#diffIds[n]}`);
    }
  }

  #cost(...args: readonly string[]): CommandCost {
    const peakFile = join(this.directory, 'peak');
    const hook = join(import.meta.dirname, 'peak-hook.mjs');
    const words = [`PEAK_FILE=${peakFile}`, process.execPath, '--import', hook, ...this.#words, ...args];
    const cost = measuredTool('env', ...words);
    return { ...cost, memory: Number(readFileSync(peakFile, 'utf8')) / 1024 };
  }
}
