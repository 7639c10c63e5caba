import { blobsOfLayout } from './blobs.ts';
import type { ImageChoice } from './choice.ts';
import { readDocument } from './document.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import type { Image } from './image.ts';
import { openAmong, readIndex } from './index-walk.ts';

/** Whether the files are an OCI layout. `docker save` since 25 writes one that is a docker-archive as well. */
export function isOciLayout(files: ImageFiles): boolean {
  return files.size('oci-layout') !== undefined && files.size('index.json') !== undefined;
}

/** The image of an OCI layout (OCI image-spec image-layout.md) that the choice names. @throws ImageError */
export async function openOciLayout(files: ImageFiles, choice: ImageChoice): Promise<Image> {
  const layout = await readDocument(files, 'oci-layout');
  const version = layout.field('imageLayoutVersion').text();
  if (version !== '1.0.0') throw new ImageError(`it is an OCI layout of the version ${JSON.stringify(version)}`);
  const index = await readDocument(files, 'index.json');
  return openAmong(blobsOfLayout(files), readIndex(index), choice);
}
