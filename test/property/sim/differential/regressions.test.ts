import { describe, expect, it } from 'vitest';
import { SimMachine } from '../../../../src/sim/index.ts';
import { regressions } from './regressions.ts';
import { runProgram } from './run-program.ts';

describe('programs on which the simulator once differed', () => {
  it.each(regressions)('$name', ({ program, last }) => {
    const { init } = SimMachine.boot();
    const actor = { calls: init, chdir: (path: string) => init.chdir(path) };
    expect(runProgram(program, [actor]).at(-1)).toEqual(last);
  });
});
