import { statSync } from 'node:fs';
import { debianImage } from './image/debian-image.ts';
import { compareWithDockerd } from './image/dockerd-trees.ts';
import { StoredImage, type CommandCost } from './image/stored-image.ts';
import { onScratch, type Scratch } from './layers/scratch.ts';
import type { Conditions, Figure } from './suite.ts';

export const name = 'image';
export const description =
  "an image of Debian's packages, loaded, verified and written out by the command on tmpfs, and its trees against dockerd's; once";

export function run(conditions: Conditions): Promise<readonly Figure[]> {
  return onScratch(imageFigures, conditions);
}

async function imageFigures({ directory }: Scratch, { note }: Conditions): Promise<readonly Figure[]> {
  const image = new StoredImage(directory, await debianImage(directory));
  note(`the image has ${Math.round(statSync(image.file).size / 1e6)} MB`);
  const loading = image.load();
  const verifying = image.verify();
  await image.writeOut();
  note('every layer is written out bit for bit');
  const docker = await compareWithDockerd(image, note);
  const figures = [...figuresOf('load', loading), ...figuresOf('verify', verifying)];
  if (typeof docker === 'number') {
    return [
      ...figures,
      { what: 'load, of docker load', measure: 'wall time', value: loading.wall / docker, unit: '×' },
    ];
  }
  note(`not compared with dockerd: ${docker}`);
  return figures;
}

function figuresOf(what: string, { processor, wall, memory }: CommandCost): readonly Figure[] {
  return [
    { what, measure: 'processor time', value: processor, unit: 's' },
    { what, measure: 'wall time', value: wall, unit: 's' },
    { what, measure: 'memory', value: memory, unit: 'MiB' },
  ];
}
