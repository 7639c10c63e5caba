import type { MountEntry } from '../host.ts';
import type { Path } from '../path.ts';
import { makedev } from '../stat.ts';

/**
 * The mounts of a /proc/PID/mountinfo, given as a byte string. A line is
 * `ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [TAG…] - TYPE SOURCE SUPEROPTIONS` (proc(5)); spaces and other awkward bytes within
 * a field are octal escapes. Throws a SyntaxError for a line that is none.
 */
export function parseMountinfo(text: string): readonly MountEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

// Not \S: to JavaScript the byte 0xA0, a part of many letters in UTF-8, is a space.
const linePattern = /^(\d+) (\d+) (\d+):(\d+) ([^ ]+) ([^ ]+) ([^ ]+)(?: [^ ]+)*? - ([^ ]+) ([^ ]*) ([^ ]+)$/;

function parseLine(line: string): MountEntry {
  const fields = linePattern.exec(line);
  if (fields === null) throw new SyntaxError(`not a line of mountinfo: ${line}`);
  const [, id = '', parent = '', major = '', minor = '', root = '', target = '', options = '', ...rest] = fields;
  const [type = '', source = '', superOptions = ''] = rest;
  return {
    id: Number(id),
    parent: Number(parent),
    dev: makedev(Number(major), Number(minor)),
    root: unescape(root) as Path,
    target: unescape(target) as Path,
    options,
    type: unescape(type),
    source: unescape(source),
    superOptions: unescape(superOptions),
  };
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
