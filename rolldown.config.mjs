// Bundles the command into dist/command: Node starts a few CommonJS files in half the time that 120 modules take.
// It takes what tsc has compiled, which writes fields as V8 likes them (tsconfig.json). Most libraries stay
// outside; what a command does not need is in files of its own, read when it is needed. What V8 makes of them is kept
// beside them, for `graphdriver.cjs`, which loads them (src/cli/launch).
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

/** Libraries that go in: memfs with what it needs, forty small files, and an ES module, which only those can import. */
const inside = /^(@jsonjoy\.com\/fs-|thingies\b|tslib$|glob-to-regex|zstddec\b)/;

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

const ordinaryMembers = {
  name: 'ordinary-members',
  async transform(code, id) {
    if (!id.startsWith(`${root}/dist/`)) return null;
    const { withOrdinaryMembers } = await import('./dist/cli/launch/ordinary-members.js');
    const module = relative(`${root}/dist`, id).replace(/\.js$/, '').replace(/\W/g, '_');
    return withOrdinaryMembers(code, module, (text) => this.parse(text));
  },
};

const codeCache = {
  name: 'code-cache',
  async writeBundle({ dir }, files) {
    const { keepCompiled } = await import('./dist/cli/launch/keep.js');
    for (const { fileName, code } of Object.values(files)) {
      if (/\bimport\(/.test(code))
        this.error(`${fileName}: code that V8 has kept cannot import(); let the library go in`);
      keepCompiled(`${dir}/${fileName}`);
    }
  },
};

const output = {
  dir: 'dist/command',
  format: 'cjs',
  minify: { compress: true, mangle: false, codegen: true },
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
};

export default defineConfig([
  {
    input: { graphdriver: 'dist/cli/launch/launch.js' },
    platform: 'node',
    external: [/^[^./]/],
    plugins: [placeOfModules],
    output,
  },
  {
    input: { main: 'dist/cli/main.js' },
    platform: 'node',
    external: (id) => /^[^./]/.test(id) && !inside.test(id),
    plugins: [placeOfModules, ordinaryMembers, codeCache],
    // Fields as assignments, as in tsconfig.json.
    transform: { target: 'es2021', assumptions: { setPublicClassFields: true } },
    output: { ...output, codeSplitting: { groups: [{ name: 'start', test: (id) => start.includes(id) }] } },
  },
]);
