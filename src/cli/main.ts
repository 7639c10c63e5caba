import { processWorld } from './process-world.ts';
import { run } from './run.ts';

// Not awaited at the top level: as CommonJS, which is bundled, Node starts this sooner than as a module. Nor is the end left to
// Node, which would take its time: a signal that comes meanwhile would deny what has been done.
void run(process.argv.slice(2), processWorld()).then((status) => process.exit(status));
