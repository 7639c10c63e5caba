import type { ImageChoice } from './choice.ts';
import { isDockerArchive, openDockerArchive } from './docker-archive.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import type { Image } from './image.ts';
import { isOciLayout, openOciLayout } from './oci-layout.ts';

/**
 * Reads and checks the documents of an image: formats, digests and sizes of manifest and config, number, kind and size of
 * the layers' files. No layer is read. An archive that is an OCI layout as well as a docker-archive is read as the
 * former, since that names the digests of all its parts.
 * @throws ImageError
 */
export async function openImage(files: ImageFiles, choice: ImageChoice): Promise<Image> {
  if (isOciLayout(files)) return openOciLayout(files, choice);
  if (isDockerArchive(files)) return openDockerArchive(files, choice);
  if (files.size('index.json') !== undefined) throw new ImageError('oci-layout is missing beside its index.json');
  if (files.size('repositories') !== undefined) {
    throw new ImageError('it was saved by a Docker older than 1.10; load it into a newer one and save it again');
  }
  throw new ImageError('it is no image: it has neither the manifest.json of a docker-archive nor an OCI index.json');
}
