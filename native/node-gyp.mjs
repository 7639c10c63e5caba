// Finds and runs node-gyp, which comes with npm.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Long enough for a slow machine; node-gyp may wait for a download of headers that never comes. */
const timeLimitMs = 600_000;

/** The first of the tools a build needs that is not on the PATH. */
export function missingTool() {
  const compiler = (process.env['CXX'] ?? 'g++').split(' ')[0];
  const python = process.env['npm_config_python'] ?? process.env['PYTHON'] ?? 'python3';
  return [compiler, 'make', python].find((tool) => onPath(tool) === undefined);
}

/**
 * Builds native/build/CONFIGURATION (`Release` or `Debug`) without output. Answers why that failed, in one line, or
 * `undefined`.
 */
export function compile(directory, configuration) {
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined) return 'node-gyp, which comes with npm, is not found';
  const mode = configuration === 'Debug' ? '--debug' : '--release';
  const run = spawnSync(process.execPath, [nodeGyp, 'configure', 'build', mode, '--directory', directory], {
    encoding: 'utf8',
    env: { ...process.env, ...headers() },
    timeout: timeLimitMs,
  });
  if (run.status === 0) return undefined;
  return `node-gyp failed: ${run.error?.message ?? firstError(run.stdout + run.stderr)}`;
}

/** npm tells its scripts where node-gyp is; without npm, it is beside the npm on the PATH or in Node's own folder. */
function findNodeGyp() {
  const inNpm = join('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const npm = onPath('npm');
  const candidates = [
    process.env['npm_config_node_gyp'],
    npm && join(dirname(realpathSync(npm)), '..', inNpm),
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', inNpm),
  ];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** Node's headers lie beside it in most installations; where they fit this Node, nothing needs to be downloaded. */
function headers() {
  if (process.env['npm_config_nodedir'] !== undefined) return {};
  const root = join(dirname(process.execPath), '..');
  const versionFile = join(root, 'include', 'node', 'node_version.h');
  if (!existsSync(versionFile)) return {};
  const text = readFileSync(versionFile, 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`NODE_${part}_VERSION (\\d+)`).exec(text)?.[1]);
  return version.join('.') === process.versions.node ? { npm_config_nodedir: root } : {};
}

function onPath(tool) {
  const candidates = tool.includes('/')
    ? [tool]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, tool));
  return candidates.find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The line of node-gyp's output that says what went wrong. */
function firstError(output) {
  const lines = output.split('\n');
  const line = lines.find((text) => /\berror:|gyp ERR! stack/.test(text)) ?? lines.findLast((text) => text !== '');
  return line === undefined ? 'without a message' : line.replace('gyp ERR! stack ', '').trim();
}
