import type { ProcRecord, StepRecord } from '../records.ts';
import type { Step, Trace } from '../trace-reader.ts';
import { expectation } from './expectation.ts';
import { pythonHost } from './python-host.ts';
import { pythonOp } from './python-op.ts';
import { pythonText } from './quote.ts';
import { treeCommand } from './shell.ts';

const asItIs = (path: string): string => path;

/** The process that exists without being announced. */
const firstPid = 1;

/**
 * A Python program (after pythonPrelude and pythonProcesses) for a trace with processes of its own, or one that mounts in
 * ways that mount(8) does not: each process of the trace is one here, in the machine's root or further below.
 */
export function pythonProgram({ header }: Trace, steps: readonly Step[]): readonly string[] {
  const mountPoints = header.paths === 'chroot' ? ['/fs0', header.mnt ?? '/m'] : [];
  return [
    `host = Process(os.environ['R'], umask=0)`,
    ...mountPoints.map((path) => `host.step('mount point', 'success', ${pythonText(`os.makedirs('${path}')`)})`),
    ...steps.flatMap(({ record }, number) => linesOf(number, record, header.mnt)),
    'end_all()',
    'host.end()',
  ];
}

function linesOf(number: number, record: StepRecord, mnt: string | undefined): readonly string[] {
  switch (record.t) {
    case 'op':
      return [
        `on(${record.pid ?? firstPid}).step(${argumentsOf(number, expectation(record), pythonOp(record, asItIs))})`,
      ];
    case 'host': {
      const step = `host.step(${argumentsOf(number, expectation(record), pythonHost(record, asItIs))})`;
      return record.op === 'umount' && record.at === mnt ? ['end_all()', step] : [step];
    }
    case 'chroot':
      return ['end_all()', `root = ${pythonText(record.path)}`];
    case 'proc':
      return [`end(${record.pid})`, `start(${record.pid}, ${propertiesOf(record)})`];
    case 'exit':
      return [`end(${record.pid})`];
    case 'dump':
      return [`os.system(${pythonText(`echo ${number}: tree of ${record.at}; ${treeCommand(`.${record.at}`)}`)})`];
  }
}

function argumentsOf(number: number, expected: string, call: string): string {
  return `${number}, ${pythonText(expected)}, ${pythonText(call)}`;
}

function propertiesOf({ uid, gid, groups, umask, cwd }: ProcRecord): string {
  return [
    `uid=${uid}`,
    `gid=${gid}`,
    `groups=[${groups.join(', ')}]`,
    ...(umask === undefined ? [] : [`umask=${umask}`]),
    ...(cwd === undefined ? [] : [`cwd=${pythonText(cwd)}`]),
  ].join(', ');
}
