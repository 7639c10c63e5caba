import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT_FDCWD, MS_NOSYMFOLLOW, O_CREAT, O_DIRECTORY, O_RDWR, O_WRONLY } from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { SimMachine, type Process } from '../../../src/sim/index.ts';
import { programs } from './differential/arbitrary.ts';
import type { Program } from './differential/program.ts';
import { runProgram, type Actor } from './differential/run-program.ts';

/** The laws of a machine as a value. Programs end with open files closed; `write` leaves one open. */
const shape = { chroot: true, actors: 1, maxLength: 40 };

function actor(process: Process): Actor {
  return { calls: process, chdir: (path) => process.chdir(path) };
}

function run(machine: SimMachine, program: Program): unknown {
  return runProgram(program, [actor(machine.init)]);
}

describe('a machine', () => {
  it('is the same whenever the same happened to it', () => {
    fc.assert(
      fc.property(programs(shape), (program) => {
        const [one, other] = [SimMachine.boot(), SimMachine.boot()];
        expect(run(one, program)).toEqual(run(other, program));
        expect(one.toText()).toBe(other.toText());
      }),
    );
  });

  it('has other random bytes with another seed', () => {
    const ids = [1, 2, 3].map((seed) => SimMachine.boot({ seed }).bootId);
    expect(new Set(ids).size).toBe(3);
  });

  it('and its clone go on alike', () => {
    fc.assert(
      fc.property(programs(shape), programs(shape), (before, after) => {
        const machine = SimMachine.boot();
        run(machine, before);
        const clone = machine.clone();
        expect(clone.toText()).toBe(machine.toText());
        expect(run(clone, after)).toEqual(run(machine, after));
        expect(clone.toText()).toBe(machine.toText());
      }),
    );
  });

  it('is not changed by what happens to its clone, nor the clone by it', () => {
    fc.assert(
      fc.property(programs(shape), programs(shape), (before, after) => {
        const machine = SimMachine.boot();
        run(machine, before);
        const text = machine.toText();
        const clone = machine.clone();
        run(clone, after);
        expect(machine.toText()).toBe(text);
        const second = machine.clone();
        run(machine, after);
        expect(second.toText()).toBe(text);
      }),
    );
  });

  it('comes back from its text', () => {
    fc.assert(
      fc.property(programs(shape), programs(shape), (before, after) => {
        const machine = SimMachine.boot();
        run(machine, before);
        const restored = SimMachine.fromText(machine.toText());
        expect(restored.toText()).toBe(machine.toText());
        expect(run(restored, after)).toEqual(run(machine, after));
      }),
    );
  });

  it('refuses a text of another format', () => {
    expect(() => SimMachine.fromText('{"format":"other"}')).toThrow('not a machine of this format');
    expect(() => SimMachine.fromText('no JSON')).toThrow(SyntaxError);
  });

  it('keeps open files, their positions and removed ones through a clone', () => {
    const { init, ...machine } = bootWithFile();
    init.write(3, Buffer.from('abcdef'));
    init.lseek(3, 2, 0);
    init.unlinkat(AT_FDCWD, '/f', 0);
    const clone = machine.machine.clone();
    const buffer = Buffer.alloc(10);
    expect(clone.init.read(3, buffer)).toBe(4);
    expect(buffer.toString('latin1', 0, 4)).toBe('cdef');
    expect(clone.init.openat(AT_FDCWD, '/f', 0, 0)).toBe(-errno.ENOENT);
  });

  it('copies bytes that a clone shares only when one of the two writes', () => {
    const { machine, init } = bootWithFile();
    init.write(3, Buffer.from('one'));
    const clone = machine.clone();
    clone.init.pwrite(3, Buffer.from('two'), 0);
    init.pwrite(3, Buffer.from('!'), 2);
    expect([contents(init), contents(clone.init)]).toEqual(['on!', 'two']);
  });

  it('keeps mounts, and what is set of a mount that is being described', () => {
    const { init, machine } = bootWithFile();
    init.mkdirat(AT_FDCWD, '/m', 0o755);
    const context = init.fsopen('tmpfs', 0);
    expect(init.fsconfig(context, 1, 'size', '8k', 0)).toBe(0);
    const { init: copy, ...rest } = ((clone) => ({ init: clone.init, clone }))(machine.clone());
    expect(copy.fsconfig(context, 6, undefined, undefined, 0)).toBe(0);
    const tree = copy.fsmount(context, 0, 0);
    expect(copy.move_mount(tree, '', AT_FDCWD, '/m', 4)).toBe(0);
    expect(rest.clone.mountinfo()).toContain(' /m rw,relatime - tmpfs none rw,size=8k');
    expect(machine.mountinfo()).not.toContain(' /m ');
  });

  it('keeps what mounts show of themselves', () => {
    const { init, machine } = bootWithFile();
    init.mkdirat(AT_FDCWD, '/m', 0o755);
    const data = 'size=8k,nr_inodes=9,mode=700,uid=1,gid=2,noswap';
    expect(init.mount('s', '/m', 'tmpfs', MS_NOSYMFOLLOW, data)).toBe(0);
    expect(machine.mountinfo()).toContain(
      ' /m rw,relatime,nosymfollow - tmpfs s rw,size=8k,nr_inodes=9,mode=700,uid=1,gid=2,noswap',
    );
    expect(SimMachine.fromText(machine.toText()).mountinfo()).toBe(machine.mountinfo());
  });
});

function bootWithFile(): { readonly machine: SimMachine; readonly init: Process } {
  const machine = SimMachine.boot();
  const { init } = machine;
  for (let fd = 0; fd < 3; fd += 1) init.openat(AT_FDCWD, '/', O_DIRECTORY, 0);
  expect(init.openat(AT_FDCWD, '/f', O_RDWR | O_CREAT, 0o644)).toBe(3);
  return { machine, init };
}

function contents(process: Process): string {
  const buffer = Buffer.alloc(100);
  return buffer.toString('latin1', 0, process.pread(3, buffer, 0));
}

describe('the clock of a machine', () => {
  it('moves by the time of a system call, and no further', () => {
    const machine = SimMachine.boot({ clock: { sec: 5, nsec: 999_999_500 }, callNs: 1000 });
    machine.init.getuid();
    expect(machine.kernel.clock.now()).toEqual({ sec: 6, nsec: 500 });
  });

  it('gives files times cut to its granularity', () => {
    const machine = SimMachine.boot({ clock: { sec: 5, nsec: 4_000_700 }, callNs: 1000, granularityNs: 4_000_000 });
    machine.init.close(machine.init.openat(AT_FDCWD, '/f', O_WRONLY | O_CREAT, 0o644));
    expect(machine.toText()).toContain('[5,4000000,5,4000000,5,4000000]');
  });
});
