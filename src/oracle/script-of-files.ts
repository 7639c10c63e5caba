import { inChild } from './child.ts';
import type { ScriptRequest } from './script/diverging-script.ts';

/**
 * A shell script that shows on a real machine what the first diverging trace of some files says: divergingScript, in a
 * process of its own.
 */
export function scriptOfFiles(request: ScriptRequest): Promise<string | undefined> {
  return inChild('script', request);
}
