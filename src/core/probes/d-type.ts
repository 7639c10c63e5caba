import { DT_UNKNOWN, join, type Host, type Path } from '../../host/index.ts';

/** Whether the filesystem of an empty directory tells the types of directory entries (d_type). */
export function supportsDType(host: Host, scratch: Path): boolean {
  host.fs.mkdir(join(scratch, 'd-type'), 0o755);
  return host.fs.readdir(scratch).every(({ type }) => type !== DT_UNKNOWN);
}
