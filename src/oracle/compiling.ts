import { setFlagsFromString } from 'node:v8';

/**
 * Has this process's V8 put fewer functions into one when it compiles (its default is 920 bytes of code). A replay runs a
 * thousand functions for few seconds, and compiling the large ones takes a quarter of all processor time; code made of
 * small ones is as fast. To be called before the work begins, and after the code for it was loaded: V8 refuses what the build
 * has kept of it (src/cli/launch) once a flag is another.
 */
export function compileSmall(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300');
}
