#!/usr/bin/env node
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { moduleBody } from './code-cache.ts';

/** Where the files of the bundle lie (rolldown.config.mjs). */
const directory = join(import.meta.dirname, '../../command');
const requireLibrary = createRequire(join(directory, 'main.cjs'));
const loaded = new Map<string, { exports: unknown }>();

/** What Node does to require a file of the bundle, but for how that is compiled. */
function load(id: string): unknown {
  if (!id.startsWith('./')) return requireLibrary(id);
  const known = loaded.get(id);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(id, module);
  const file = join(directory, id);
  moduleBody(file).call(module.exports, module.exports, load, module, file, directory);
  return module.exports;
}

load('./main.cjs');
