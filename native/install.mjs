// Builds the addon with node-gyp: `node native/install.mjs [--required]`.
//
// npm runs it as the package's install script. A machine that cannot build (no Linux, no compiler) must still be able to
// install the package and use the simulator, so then it says what is missing and ends well. With --required
// (`npm run build:native`) that is a failure.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compile, missingTool } from './node-gyp.mjs';

const directory = import.meta.dirname;
const addon = join(directory, 'build', 'Release', 'graphdriver.node');
const required = process.argv.includes('--required');

const reason = build();
if (reason !== undefined) {
  const meaning = 'only the Linux host (--host linux) is missing; "npm run build:native" builds it later';
  console.error(`graphdriver: the native addon is left out: ${reason}; ${meaning}`);
  if (required) process.exitCode = 1;
}

/** Answers why there is no addon, or `undefined` when there is one. */
function build() {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.arch !== 'x64' && process.arch !== 'arm64') return `it is written for x64 and arm64, not ${process.arch}`;
  if (isUpToDate()) return undefined;
  const tool = missingTool();
  if (tool !== undefined) return `${tool} is not installed`;
  const failure = compile(directory, 'Release');
  if (failure !== undefined) return failure;
  return loads() ? undefined : `${addon} was built but cannot be loaded`;
}

function isUpToDate() {
  if (!existsSync(addon)) return false;
  const built = statSync(addon).mtimeMs;
  const sources = readdirSync(directory).filter((name) => /\.(cc|h|gyp)$/.test(name));
  return sources.every((name) => statSync(join(directory, name)).mtimeMs < built) && loads();
}

/** Node-API is the same for all releases of Node; what may differ is the processor and the C library. */
function loads() {
  try {
    createRequire(import.meta.url)(addon);
    return true;
  } catch {
    return false;
  }
}
