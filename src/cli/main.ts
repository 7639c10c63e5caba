import { processWorld } from './process-world.ts';
import { run } from './run.ts';

// Not awaited at the top level: as CommonJS, which is bundled, Node starts this sooner than as a module.
void run(process.argv.slice(2), processWorld()).then((status) => {
  process.exitCode = status;
});
