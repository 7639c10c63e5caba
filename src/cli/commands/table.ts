import type { Command } from '../command.ts';
import type { OptionDefinitions } from '../options.ts';

const mountLabel = {
  'mount-label': { value: 'LABEL', help: 'the SELinux label that the mount carries' },
} as const satisfies OptionDefinitions;

const parent = {
  parent: { value: 'P', help: "compare with this layer instead of the layer's own parent; '' is nothing at all" },
} as const satisfies OptionDefinitions;

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: 'load',
    operands: 'IMAGE',
    summary: 'Put the layers of an image into the store, one layer each',
    details: [
      'IMAGE is a docker-archive (docker save) or an OCI layout, as an archive, packed or not, or as a directory; - is an archive',
      "from the standard input. A layer's ID is its chainID, so that a layer that is there already is not loaded again, and",
      'loading an image again changes nothing. Digests are verified; if anything is wrong, the store stays as it was.',
    ].join('\n'),
    options: {
      ref: { value: 'NAME', help: 'which image, where there are several: a name or a digest' },
      platform: { value: 'OS/ARCH', help: 'the platform, where it is not that of this machine' },
    },
    use: 'change',
    load: async () => (await import('./load.ts')).load,
  },
  {
    name: 'create',
    operands: 'ID',
    summary: 'Create an empty layer',
    options: {
      parent: { value: 'P', help: 'the layer below' },
      'read-write': { help: "a layer to write to, a container's" },
      ...mountLabel,
    },
    use: 'change',
    load: async () => (await import('./create.ts')).create,
  },
  {
    name: 'apply',
    operands: 'ID [TAR|-]',
    summary: 'Unpack a layer archive into a layer (ApplyDiff)',
    details: 'TAR may be packed with gzip or zstd; without it, or with -, the archive is read from the standard input.',
    options: {},
    use: 'change',
    load: async () => (await import('./apply.ts')).apply,
  },
  {
    name: 'diff',
    operands: 'ID',
    summary: "Write a layer's changes as a layer archive",
    details: "FILE is there with all of the archive, or as it was before. A driver's option is --option here.",
    options: { ...parent, output: { short: 'o', value: 'FILE', help: 'write to FILE instead of the standard output' } },
    use: 'read',
    load: async () => (await import('./diff.ts')).diff,
  },
  {
    name: 'changes',
    operands: 'ID',
    summary: "List a layer's changes: A added, C changed, D deleted",
    options: parent,
    use: 'read',
    load: async () => (await import('./changes.ts')).changes,
  },
  {
    name: 'size',
    operands: 'ID',
    summary: "Print the size of a layer's changes",
    options: parent,
    use: 'read',
    load: async () => (await import('./size.ts')).size,
  },
  {
    name: 'mount',
    operands: 'ID',
    summary: 'Mount a layer, count one holder more, and print where it is',
    options: mountLabel,
    use: 'change',
    load: async () => (await import('./mount.ts')).mount,
  },
  {
    name: 'unmount',
    operands: 'ID',
    summary: 'Count one holder less; the last one unmounts',
    options: {},
    use: 'change',
    load: async () => (await import('./unmount.ts')).unmount,
  },
  {
    name: 'remove',
    operands: 'ID',
    summary: 'Remove a layer',
    options: {},
    use: 'change',
    load: async () => (await import('./remove.ts')).remove,
  },
  {
    name: 'exists',
    operands: 'ID',
    summary: 'Tell whether there is such a layer, by words and by exit status',
    options: {},
    use: 'read',
    load: async () => (await import('./exists.ts')).exists,
  },
  {
    name: 'inspect',
    operands: 'ID',
    summary: 'Show what the driver knows of a layer',
    options: {},
    use: 'read',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'list',
    operands: '',
    summary: 'List all layers',
    options: {},
    use: 'read',
    load: async () => (await import('./list.ts')).list,
  },
  {
    name: 'status',
    operands: '',
    summary: 'Show which driver works where, and what it has found out about the machine',
    options: {},
    use: 'read',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'cleanup',
    operands: '',
    summary: 'Unmount all that the driver has mounted, as at shutdown',
    options: {},
    use: 'change',
    load: async () => (await import('./cleanup.ts')).cleanup,
  },
  {
    name: 'tree',
    operands: 'ID',
    summary: "Show a layer's view as a tree, with the layer that each entry comes from",
    options: {},
    use: 'read',
    load: async () => (await import('./tree.ts')).tree,
  },
  {
    name: 'dump',
    operands: 'ID',
    summary: "Print every entry of a layer's view with all metadata, as JSON lines",
    options: { raw: { help: "the layer's own directory instead, with whiteouts and marks" } },
    use: 'read',
    load: async () => (await import('./dump.ts')).dump,
  },
];
