/** The fields of a line of mountinfo that hold the mount point, and from the end, the options of the superblock. */
const targetField = 4;

/**
 * The options of the superblock mounted topmost on a target, as a text of /proc/PID/mountinfo shows them, octal escapes
 * included; '' where nothing is mounted there. The target's own escapes are not undone: no trace mounts on such a name.
 */
export function superOptionsAt(mountinfo: string, target: string): string {
  const lines = mountinfo.split('\n').filter((line) => line.split(' ', targetField + 1)[targetField] === target);
  const topmost = lines.at(-1) ?? '';
  return topmost.slice(topmost.lastIndexOf(' ') + 1);
}
