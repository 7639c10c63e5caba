import type { ArchiveLimits } from '../archive/limits.ts';
import type { ImageChoice } from './choice.ts';
import { isDirectoryTransport, openDirectoryTransport } from './directory-transport.ts';
import { isDockerArchive, openDockerArchive } from './docker-archive.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import { isFirstArchive, openFirstArchive } from './first-archive.ts';
import type { Image } from './image.ts';
import { isOciLayout, openOciLayout } from './oci-layout.ts';

/**
 * Reads and checks the documents of an image: formats, digests and sizes of manifest and config, number, kind and size of
 * the layers' files. No layer is read, but for an archive of Docker before 1.10, which names no digests; `limits` say how much its
 * layers may expand. An archive that is an OCI layout as well as a docker-archive is read as the former, since that names the
 * digests of all its parts.
 * @throws ImageError
 */
export async function openImage(
  files: ImageFiles,
  choice: ImageChoice,
  limits: Partial<ArchiveLimits> = {},
): Promise<Image> {
  if (isOciLayout(files)) return openOciLayout(files, choice);
  if (await isDirectoryTransport(files)) return openDirectoryTransport(files, choice);
  if (isDockerArchive(files)) return openDockerArchive(files, choice);
  if (files.size('index.json') !== undefined) throw new ImageError('oci-layout is missing beside its index.json');
  if (isFirstArchive(files)) return openFirstArchive(files, choice, limits);
  throw new ImageError('it is no image: it has neither the manifest.json of a docker-archive nor an OCI index.json');
}
