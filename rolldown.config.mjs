// Bundles the command into dist/command: Node starts a few CommonJS files in half the time that 120 modules take.
// It takes what tsc has compiled, which writes fields as V8 likes them (tsconfig.json). Libraries stay outside; what a
// command does not need is in files of its own, read when it is needed.
import { dirname, relative } from 'node:path';
import { defineConfig } from 'rolldown';

const root = import.meta.dirname;

/** What every command on the real kernel runs through, with all that these import: one file. */
const start = [
  'cli/main.js',
  'cli/hosts/open-host.js',
  'cli/hosts/linux.js',
  'core/drivers.js',
  'core/overlay2/init.js',
  'cli/commands/exists.js',
].map((file) => `${root}/dist/${file}`);

/** A module finds the files beside it where the library has them, whichever file it is bundled into. */
const placeOfModules = {
  name: 'place-of-modules',
  transform(code, id) {
    if (!id.startsWith(`${root}/dist/`) || !code.includes('import.meta.')) return null;
    const file = relative(`${root}/dist`, id);
    return code
      .replaceAll('import.meta.dirname', `(__dirname + '/../${dirname(file)}')`)
      .replaceAll('import.meta.url', `require('node:url').pathToFileURL(__dirname + '/../${file}').href`);
  },
};

export default defineConfig({
  input: { graphdriver: 'dist/cli/main.js' },
  platform: 'node',
  external: [/^[^./]/],
  plugins: [placeOfModules],
  output: {
    dir: 'dist/command',
    format: 'cjs',
    minify: { compress: true, mangle: false, codegen: true },
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    codeSplitting: { groups: [{ name: 'start', test: (id) => start.includes(id) }] },
  },
});
