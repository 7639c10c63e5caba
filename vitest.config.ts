import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Two projects: `property` needs no privileges; `privileged` mounts, so its files run one after another, in a mount
// namespace of their own (test/run.mjs). Vitest leaves a core idle unless it is told not to: of two, that is half of all.
export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'property',
          include: ['test/property/**/*.test.ts'],
          setupFiles: ['test/property/seed.ts'],
          testTimeout: 60_000,
          // Files share modules, and so what V8 has learnt of the simulator.
          isolate: false,
          // Young objects rarely live long, and code that is inlined less is compiled sooner: together an eighth of the time.
          execArgv: ['--max-semi-space-size=64', '--max-inlined-bytecode-size-cumulative=300'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'privileged',
          include: ['test/privileged/**/*.test.ts'],
          setupFiles: ['test/property/seed.ts'],
          fileParallelism: false,
          // Tests of root take a thread's ids, root and namespaces with them; others have nothing to take.
          isolate: process.getuid?.() === 0,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
