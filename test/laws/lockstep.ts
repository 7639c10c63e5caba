import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId, type ParentId } from '../../src/core/layer-id.ts';
import { isSystemError, type Path } from '../../src/host/index.ts';
import { layerOf } from './archive-meaning.ts';
import { comparable } from './comparable.ts';
import { aimed, perform, type AimedEdit } from './edits.ts';
import { withLayers } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { differsByNature } from './nature.ts';
import { allowedLayer } from './ownership.ts';
import type { Step } from './step.ts';
import { bytesOf, streamOf, viewOf } from './stack.ts';
import { readView, type View } from './view.ts';
import { openDriver, type Machine } from './world.ts';

/** One driver of several that run the same program. */
interface Runner {
  readonly name: string;
  readonly machine: Machine;
  readonly driver: Driver;
}

interface Known {
  readonly id: LayerId;
  readonly parent: ParentId;
  /** Whether it was made to be written to. */
  readonly writable: boolean;
  held: number;
}

/** Runs one program on several drivers, step by step, and compares what they answer and what one sees. */
export class Lockstep {
  readonly #runners: readonly Runner[];
  readonly #layers: Known[] = [];
  /** Whether they are all one driver, on several machines: nothing differs by nature then. */
  readonly #alike: boolean;
  #made = 0;

  private constructor(runners: readonly Runner[]) {
    this.#runners = runners;
    this.#alike = new Set(runners.map(({ machine }) => machine.driver.name)).size === 1;
  }

  static async start(machines: readonly Machine[]): Promise<Lockstep> {
    const runners: Runner[] = [];
    for (const [n, machine] of machines.entries()) {
      const driver = await openDriver(machine, { warn: () => undefined });
      runners.push({ name: `${n + 1}: ${machine.driver.name}`, machine, driver });
    }
    return new Lockstep(runners);
  }

  async take(step: Step): Promise<void> {
    switch (step.op) {
      case 'image':
        await this.#add(step.below, 'read-only', ({ driver, machine }, id, parent) =>
          driver.createFromDiff(id, parent, archiveOf(allowedLayer(machine, step.layer))),
        );
        break;
      case 'fill':
        await this.#add(step.below, 'read-only', async ({ driver, machine }, id, parent) => {
          await driver.create(id, parent);
          await driver.applyDiff(id, parent, archiveOf(allowedLayer(machine, step.layer)));
        });
        break;
      case 'container': {
        await this.#add(step.below, 'writable', ({ driver }, id, parent) => driver.createReadWrite(id, parent));
        const made = this.#layers.at(-1);
        if (made !== undefined) await this.#edit(made, step.edits);
        break;
      }
      case 'edit':
      case 'carry':
      case 'remove':
      case 'hold':
      case 'put':
        await this.#withLayer(step);
    }
    await this.#compareViews();
  }

  async #withLayer(step: Extract<Step, { readonly on: number }>): Promise<void> {
    const layer = this.#layers[step.on % Math.max(this.#layers.length, 1)];
    if (layer === undefined) return;
    const { id, parent } = layer;
    switch (step.op) {
      case 'edit':
        // What lies below another layer is written to by nobody; drivers differ in what would come of it.
        if (layer.writable && !this.#hasChildren(id)) await this.#edit(layer, step.edits);
        return;
      case 'carry':
        await this.#carry(id, parent);
        return;
      case 'remove':
        if (layer.held === 0 && !this.#hasChildren(id)) {
          await this.#each(({ driver }) => driver.remove(id));
          this.#layers.splice(this.#layers.indexOf(layer), 1);
        }
        return;
      case 'hold':
        await this.#each(({ driver }) => driver.get(id));
        layer.held += 1;
        return;
      case 'put':
        if (layer.held === 0) return;
        await this.#each(({ driver }) => driver.put(id));
        layer.held -= 1;
    }
  }

  /** Compares what is told of the layers, lets go of them and removes them. */
  async finish(): Promise<void> {
    await this.#compareChanges();
    await this.#compareDiffs();
    for (const { id, held } of [...this.#layers].reverse()) {
      for (let n = held; n > 0; n -= 1) await this.#each(({ driver }) => driver.put(id));
      await this.#each(({ driver }) => driver.remove(id));
    }
  }

  #hasChildren(id: LayerId): boolean {
    return this.#layers.some(({ parent }) => parent === id);
  }

  async #add(
    below: number,
    access: 'read-only' | 'writable',
    make: (runner: Runner, id: LayerId, parent: ParentId) => Promise<unknown>,
  ): Promise<void> {
    const parent = this.#layers[below % (this.#layers.length + 1)]?.id ?? '';
    const id = this.#newId();
    await this.#each((runner) => make(runner, id, parent));
    this.#layers.push({ id, parent, writable: access === 'writable', held: 0 });
  }

  #newId(): LayerId {
    this.#made += 1;
    return layerId(`layer-${this.#made}`);
  }

  /** A layer's diff, applied to a new child of the same parent. The diffs of the drivers go from hand to hand. */
  async #carry(id: LayerId, parent: ParentId): Promise<void> {
    const diffs: Uint8Array[] = [];
    for (const { driver } of this.#runners) diffs.push(await bytesOf(await driver.diff(id, parent)));
    const copy = this.#newId();
    await this.#each(({ driver }, n) => {
      return driver.createFromDiff(copy, parent, streamOf(diffs[(n + 1) % diffs.length] ?? new Uint8Array()));
    });
    this.#layers.push({ id: copy, parent, writable: false, held: 0 });
    const [original, carried] = await Promise.all([this.#view(id), this.#view(copy)]);
    expect(comparable(carried)).toEqual(comparable(original));
  }

  async #edit({ id }: Known, edits: readonly AimedEdit[]): Promise<void> {
    // What is made anew must have a time of its own, on every kernel, or it is the same as what was there before on some.
    await Promise.all(this.#runners.map(({ machine }) => machine.host.system.sleep(clockTick)));
    const roots: Path[] = [];
    for (const { driver } of this.#runners) roots.push(await driver.get(id));
    for (const drawn of edits) {
      const view = this.#viewAt(roots);
      const edit = aimed(drawn, [...view.keys()].sort());
      if (!this.#alike && differsByNature(edit, view)) continue;
      const outcomes = roots.map((root, n) => {
        const runner = this.#runners[n];
        return [runner?.name, runner && perform(runner.machine.host.fs, root, edit)] as const;
      });
      const wanted = outcomes[0]?.[1];
      expect({ edit, outcomes }).toEqual({ edit, outcomes: outcomes.map(([name]) => [name, wanted]) });
    }
    await this.#each(({ driver }) => driver.put(id));
  }

  #viewAt(roots: readonly Path[]): View {
    const [runner] = this.#runners;
    const [root] = roots;
    if (runner === undefined || root === undefined) throw new Error('no driver runs the program');
    return readView(runner.machine.host, root);
  }

  async #view(id: LayerId): Promise<View> {
    const [runner] = this.#runners;
    if (runner === undefined) throw new Error('no driver runs the program');
    return viewOf(runner.machine.host, runner.driver, id);
  }

  /** All drivers must answer alike; an error counts by its code. */
  async #each(action: (runner: Runner, n: number) => Promise<unknown>): Promise<void> {
    const outcomes: (readonly [string, string])[] = [];
    for (const [n, runner] of this.#runners.entries()) {
      const code = await action(runner, n).then(
        () => 'done',
        (error: unknown) => codeOf(error),
      );
      outcomes.push([runner.name, code]);
    }
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(outcomes.map(([name]) => [name, 'done'])));
  }

  async #compareViews(): Promise<void> {
    for (const { id } of this.#layers) await this.#compare((runner) => this.#comparableView(runner, id));
  }

  async #comparableView({ machine, driver }: Runner, id: LayerId): Promise<unknown> {
    return comparable(await viewOf(machine.host, driver, id));
  }

  /** The changes against any other layer, and against nothing. */
  async #compareChanges(): Promise<void> {
    for (const { id, parent } of this.#layers) {
      for (const other of new Set<ParentId>([parent, '', ...this.#layers.map((each) => each.id)])) {
        await this.#compare(({ driver }) => driver.changes(id, other));
      }
    }
  }

  /** Archives differ in what they name beside the changes; what they make of the parent's view is the same. */
  async #compareDiffs(): Promise<void> {
    for (const { id, parent } of this.#layers) {
      await this.#compare(async ({ machine: { host }, driver }) => {
        const told = layerOf(await bytesOf(await driver.diff(id, parent)));
        const view = await viewOf(host, driver, id);
        const root = view.get('/');
        const below = parent === '' ? new Map(root && [['/', root]]) : await viewOf(host, driver, parent);
        return comparable(withLayers(below, [told]));
      });
    }
  }

  async #compare(read: (runner: Runner) => Promise<unknown>): Promise<void> {
    const [first, ...others] = this.#runners;
    if (first === undefined) return;
    const wanted = await read(first);
    for (const other of others) {
      expect({ driver: other.name, answer: await read(other) }).toEqual({ driver: other.name, answer: wanted });
    }
  }
}

/** Milliseconds between two times that files get, with the slowest clock of a kernel. */
const clockTick = 10;

function codeOf(error: unknown): string {
  return isSystemError(error) ? `${error.code}: ${error.message}` : String(error);
}
