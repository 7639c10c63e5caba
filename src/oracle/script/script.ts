import { textFromPath } from '../../host/path.ts';
import type { Step, Trace } from '../trace-reader.ts';
import { pythonPrelude, pythonProcesses } from './prelude.ts';
import { pythonProgram } from './python-program.ts';
import { pythonStart, runPrelude, shellBody } from './shell-body.ts';
import { shellHost } from './shell.ts';

/**
 * A POSIX shell script that makes the calls of a trace up to a step on a real machine, and prints what the trace says of
 * each and what is answered there. Its comments say what it needs and why. `remarks` stand on top, a line each.
 */
export function scriptOf(trace: Trace, upTo: number, remarks: readonly string[]): string {
  const steps = trace.steps.slice(0, upTo + 1);
  const program = needsProgram(trace, steps);
  const body = program ? [pythonStart, runPrelude, ...pythonProgram(trace, steps), 'END'] : shellBody(trace, steps);
  const prelude = program ? pythonPrelude + pythonProcesses : pythonPrelude;
  const python = body.includes(pythonStart);
  const comments = [
    `Trace ${trace.id} (${trace.file}:${trace.line}) up to step ${upTo}.`,
    ...remarks,
    'Run it as root. It works in a mount namespace of its own and leaves nothing behind. Needs coreutils, findutils,',
    python ? `util-linux, attr, and python3 for ${program ? whyProgram : whyParts}.` : 'util-linux and attr.',
  ];
  return [
    '#!/bin/sh',
    ...comments.map((line) => `# ${textFromPath(line)}`),
    ...frame,
    ...(python ? [`cat >"$T/trace.py" <<'END'`, prelude.trimEnd(), 'END'] : []),
    ...body,
    '',
  ].join('\n');
}

const whyParts = 'calls that no tool makes as they are';
const whyProgram = 'its processes, which keep descriptors and directories of their own';

/** The lines that make the machine: a tmpfs as its root, in which the script stands; and what the others are made of. */
const frame: readonly string[] = `
if [ -z "\${TRACE_NAMESPACE-}" ]; then
  TRACE_NAMESPACE=1 exec unshare --mount --propagation private sh "$0" "$@"
fi
# mount(8) would otherwise hand the options over one by one, which is another system call.
export LIBMOUNT_FORCE_MOUNT2=always
umask 022
T=$(mktemp -d) && mount -t tmpfs -o mode=755 script "$T" && mkdir "$T/root" || exit
R=$T/root
export T R
mount -t tmpfs -o mode=755 machine "$R" && cd "$R" || exit
trap 'cd /; umount -l "$T"; rmdir "$T"' EXIT

# t STEP EXPECTED COMMAND...: runs the command; prints what the trace says of it, and what it answers here.
t() {
  step=$1 expected=$2
  shift 2
  if got=$("$@" 2>&1); then status=success; else status=failure; fi
  printf '%s: %s\\n    trace: %s\\n    here:  %s\\n' "$step" "$*" "$expected" "$status \${got:+($got)}"
}
# What is not a step of the trace sets it up, and must work.
set -e
`
  .trimEnd()
  .split('\n');

/** Whether the trace has processes, or mounts in ways that mount(8) does not. */
function needsProgram({ header }: Trace, steps: readonly Step[]): boolean {
  const onlyPython = steps.some(({ record }) => record.t === 'host' && shellHost(record) === undefined);
  return header.paths === 'chroot' || onlyPython;
}
