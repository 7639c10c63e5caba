// Bundles the command into dist/command: Node starts a few CommonJS files in half the time that 120 modules take.
// Libraries stay outside; what a command does not need is in files of its own, read when it is needed.
import { relative } from 'node:path';
import { defineConfig } from 'rolldown';

const root = import.meta.dirname;

/** What every command on the real kernel runs through, with all that these import: one file. */
const start = [
  'cli/main.ts',
  'cli/hosts/open-host.ts',
  'cli/hosts/linux.ts',
  'core/drivers.ts',
  'core/overlay2/init.ts',
  'cli/commands/exists.ts',
].map((file) => `${root}/src/${file}`);

/** A module finds the files beside it where the library has them, whichever file it is bundled into. */
const placeOfModules = {
  name: 'place-of-modules',
  transform(code, id) {
    if (!id.startsWith(`${root}/src/`) || !code.includes('import.meta.url')) return null;
    const file = relative(`${root}/src`, id).replace(/\.ts$/, '.js');
    return code.replaceAll('import.meta.url', `require('node:url').pathToFileURL(__dirname + '/../${file}').href`);
  },
};

export default defineConfig({
  input: { graphdriver: 'src/cli/main.ts' },
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
