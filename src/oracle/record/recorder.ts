import type { BackingFilesystem } from '../names.ts';
import { observed } from '../observe.ts';
import { done, type Answer } from '../outcome.ts';
import type { FileRecord, StepRecord } from '../records.ts';
import type { JsonObject } from '../schema.ts';
import { Session } from '../session.ts';
import type { Machine } from '../target.ts';
import { Chance } from './chance.ts';
import { groupWith, nestedOptions, type Group, type GroupName, type Layout } from './group.ts';
import { makeDataLayer, makeLayer, makeMetacopies } from './layers.ts';
import { Operations } from './operations.ts';
import { Scene } from './scene.ts';

/** What to record. The same recording makes the same choices on every kernel that answers the same. */
export interface Recording {
  readonly group: GroupName;
  /** Names the trace and determines every choice. */
  readonly seed: number;
  /** How many operations the trace makes on the mounted filesystem, or a few more: some belong together. */
  readonly ops: number;
  /** One of the group's; the seed chooses where none is given. */
  readonly layout?: Layout;
  /**
   * What all layers lie on; tmpfs where it is not said. The handles of several btrfs are alike, so that dumps cannot tell whose an
   * origin is: that goes with the layout `same` only. When xfs gives a number again depends on the time, unlike its other answers.
   */
  readonly filesystem?: BackingFilesystem;
  /** Mount options in place of the group's; of two nested overlays, those of the upper one. */
  readonly options?: string;
}

/** Where the traced filesystem is mounted, and where the lower one of two nested overlays. */
export const mountPoint = '/m';
const nestedMountPoint = '/n';

const mostLayers = 5;
const mostDataLayers = 2;
const dirMode = 0o755;
/** Of a hundred operations, how many are followed by an unmount and a mount. */
const remountPercent = 1;

interface OverlayMount {
  readonly at: string;
  readonly options: string;
}

/** Records one trace of the `random` suite on a machine. */
export class Recorder {
  readonly #recording: Recording;
  readonly #group: Group;
  readonly #layout: Layout;
  readonly #persistentIno: boolean;
  readonly #session: Session;
  readonly #scene: Scene;
  readonly #lines: JsonObject[] = [];
  readonly #filesystems = new Set<string>();
  #ops = 0;

  constructor(machine: Machine, header: FileRecord, recording: Recording) {
    this.#recording = recording;
    this.#group = groupWith(recording.group, recording.options);
    const chance = new Chance(`${recording.group}/${recording.seed}`);
    this.#layout = recording.layout ?? chance.pick(this.#group.layouts);
    this.#persistentIno = !this.#group.nested && (this.#layout === 'same' || this.#group.xino);
    this.#session = new Session(machine, { header, persistentIno: this.#persistentIno });
    this.#scene = new Scene(chance, (record) => this.#run(record));
  }

  /** Makes everything happen; answers the lines of the trace, from `trace` to `end`. */
  record(): readonly JsonObject[] {
    const mounts = this.#prepare();
    if (this.#mountAll(mounts)) this.#useMounted(mounts);
    this.#dumpLayers(mounts);
    this.#session.close();
    const { group, seed } = this.#recording;
    const trace = {
      t: 'trace',
      id: `${group}/${seed}`,
      seed,
      layout: this.#layout,
      persistent_ino: this.#persistentIno,
      ops: this.#ops,
    };
    return [trace, ...this.#lines, { t: 'end' }];
  }

  #run(record: StepRecord): Answer {
    const result = this.#session.run(record);
    if (record.t === 'op') this.#ops += 1;
    this.#lines.push(observed(record, result));
    return result.kind === 'answer' ? result.answer : done;
  }

  /** Makes filesystems and layers; answers the mounts that go onto them, in order. */
  #prepare(): readonly OverlayMount[] {
    const { chance } = this.#scene;
    this.#filesystem('/fs0');
    this.#directory(mountPoint);
    const lowers: string[] = [];
    for (let number = 1, count = 1 + chance.below(mostLayers); number <= count; number += 1) {
      const filesystem = this.#lowerFilesystem(number);
      const layer = `${filesystem}/l${number}`;
      makeLayer(this.#scene, this.#group, layer);
      lowers.push(layer);
    }
    const lowerdir = this.#group.dataOnly ? this.#addDataLayers(lowers) : lowers.join(':');
    return this.#group.nested ? this.#nestedMounts(lowerdir) : [this.#mountOver(lowerdir)];
  }

  #lowerFilesystem(number: number): string {
    const path = { same: '/fs0', split: '/fs1', multi: `/fs${number}` }[this.#layout];
    this.#filesystem(path);
    return path;
  }

  #filesystem(path: string): void {
    if (this.#filesystems.has(path)) return;
    this.#filesystems.add(path);
    this.#directory(path);
    this.#run({ t: 'host', op: 'mkfs', path, fs: this.#recording.filesystem ?? 'tmpfs' });
  }

  #directory(path: string): void {
    this.#run({ t: 'host', op: 'mkdir', path, mode: dirMode });
  }

  #addDataLayers(lowers: readonly string[]): string {
    const last = this.#lowerFilesystem(lowers.length);
    const data: string[] = [];
    const names: string[] = [];
    for (let number = 0, count = 1 + this.#scene.chance.below(mostDataLayers); number < count; number += 1) {
      const layer = `${last}/data${number}`;
      names.push(...makeDataLayer(this.#scene, layer));
      data.push(layer);
    }
    for (const layer of lowers) makeMetacopies(this.#scene, layer, names);
    return [lowers.join(':'), ...data].join('::');
  }

  #nestedMounts(lowerdir: string): readonly OverlayMount[] {
    const { chance } = this.#scene;
    this.#directory(nestedMountPoint);
    const inner = chance.percent(50) ? this.#withUpper(lowerdir, 'nu', 'nw') : `lowerdir=${lowerdir}`;
    const options = chance.pick(nestedOptions);
    const lowers = chance.percent(25) ? `${this.#layerBeside()}:${nestedMountPoint}` : nestedMountPoint;
    const outer = `${this.#withUpper(lowers, 'u', 'w')},${this.#recording.options ?? options}`;
    return [
      { at: nestedMountPoint, options: inner },
      { at: mountPoint, options: outer },
    ];
  }

  /** A layer above the lower one of two nested overlays. */
  #layerBeside(): string {
    makeLayer(this.#scene, this.#group, '/fs0/lx');
    return '/fs0/lx';
  }

  #mountOver(lowerdir: string): OverlayMount {
    const { upper, options } = this.#group;
    const layers = upper === 'none' ? `lowerdir=${lowerdir}` : this.#withUpper(lowerdir, 'u', 'w');
    return { at: mountPoint, options: options === '' ? layers : `${layers},${options}` };
  }

  #withUpper(lowerdir: string, upper: string, work: string): string {
    this.#directory(`/fs0/${upper}`);
    this.#directory(`/fs0/${work}`);
    return `lowerdir=${lowerdir},upperdir=/fs0/${upper},workdir=/fs0/${work}`;
  }

  /** Whether all mounts worked. */
  #mountAll(mounts: readonly OverlayMount[]): boolean {
    return mounts.every(({ at, options }) => this.#run({ t: 'host', op: 'mount', at, options }).e === undefined);
  }

  #unmountAll(mounts: readonly OverlayMount[]): void {
    for (const { at } of [...mounts].reverse()) this.#run({ t: 'host', op: 'umount', at });
  }

  #useMounted(mounts: readonly OverlayMount[]): void {
    const { chance } = this.#scene;
    const operations = new Operations(this.#scene);
    while (this.#ops < this.#recording.ops) {
      operations.next();
      if (!chance.percent(remountPercent)) continue;
      operations.closeAll();
      // Of two nested overlays the lower may stay.
      const again = chance.percent(50) ? mounts.slice(-1) : mounts;
      this.#unmountAll(again);
      if (!this.#mountAll(again)) return;
    }
    operations.closeAll();
    this.#run({ t: 'dump', what: 'merged', at: mountPoint });
    this.#unmountAll(mounts);
  }

  #dumpLayers(mounts: readonly OverlayMount[]): void {
    for (const role of ['upper', 'work'] as const) {
      for (const { options } of [...mounts].reverse()) {
        const at = new RegExp(`${role}dir=([^,]*)`).exec(options)?.[1];
        if (at !== undefined) this.#run({ t: 'dump', what: 'raw', role, at });
      }
    }
  }
}
