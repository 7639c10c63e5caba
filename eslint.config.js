import tseslint from 'typescript-eslint';

/**
 * The arrows between the folders of src (docs/architecture.md). A folder may import itself and what is listed; everything
 * else is an error. `core` must also stay free of the outside world: what it knows of it comes through `Host`.
 */
const folders = ['host', 'sim', 'core', 'oracle', 'cli'];
const arrows = {
  host: [],
  sim: ['host'],
  core: ['host'],
  oracle: ['host', 'sim'],
  cli: ['host', 'sim', 'core', 'oracle'],
};

const outsideWorld = [
  'fs',
  'fs/promises',
  'os',
  'child_process',
  'worker_threads',
  'process',
  'net',
  'timers',
  'timers/promises',
];

function forbidden(folder) {
  const others = folders.filter((other) => other !== folder && !arrows[folder].includes(other));
  return others.map((other) => ({
    regex: `(^|/)\\.\\./(.*/)?${other}/`,
    message: `src/${folder} may not import src/${other} (docs/architecture.md, "The house").`,
  }));
}

const pureModules = {
  paths: [...outsideWorld, ...outsideWorld.map((name) => `node:${name}`), 'memfs'].map((name) => ({
    name,
    message: 'The outside world reaches this folder through Host only.',
  })),
};

const pureGlobals = [
  { name: 'process', message: 'Ask host.system.' },
  { name: 'setTimeout', message: 'Ask host.system.sleep.' },
  { name: 'setInterval', message: 'Ask host.system.sleep.' },
  { name: 'performance', message: 'Ask host.system.now.' },
];

const pureProperties = [
  { object: 'Date', property: 'now', message: 'Ask host.system.now.' },
  { object: 'Math', property: 'random', message: 'Ask host.system.randomBytes.' },
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', 'native/build', 'test/**/data'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  ...folders.map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: forbidden(folder) }] },
  })),
  ...['core', 'sim'].map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-globals': ['error', ...pureGlobals],
      'no-restricted-properties': ['error', ...pureProperties],
    },
  })),
  {
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { ...pureModules, patterns: forbidden('core') }] },
  },
  {
    files: ['src/sim/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: pureModules.paths.filter(({ name }) => name !== 'memfs'), patterns: forbidden('sim') },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-floating-promises': 'error' } },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.js', '**/*.mjs'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' } },
);
