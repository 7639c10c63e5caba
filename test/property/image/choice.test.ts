import { describe, expect, test } from 'vitest';
import { ImageChoiceError, openImage, parsePlatform, platformText } from '../../../src/core/image/index.ts';
import {
  addBlob,
  addDockerImage,
  addManifest,
  filesOf,
  json,
  setIndex,
  types,
  type Descriptor,
  type FileMap,
} from './images.ts';

// One archive can hold many images, and one image variants for many platforms. One must be meant, or nothing is loaded.

const layers = [Buffer.from('a layer')];
const amd64 = parsePlatform('linux/amd64');

interface Ask {
  readonly ref?: string;
  readonly platform?: string;
}

/** Name and platform of the image that is opened. */
async function open(map: FileMap, { ref, platform = 'linux/amd64' }: Ask = {}): Promise<string> {
  const image = await openImage(filesOf(map), { ref, platform: parsePlatform(platform) });
  return `${image.name} ${platformText(image.platform)}`;
}

function named(descriptor: Descriptor, name: string): Descriptor {
  return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } };
}

function forPlatform(map: FileMap, platform: string): Descriptor {
  const { os, architecture, variant } = parsePlatform(platform);
  return {
    ...addManifest(map, { layers, platform: { os, architecture, variant } }),
    platform: { os, architecture, variant },
  };
}

describe('several images', () => {
  function twoDockerImages(): FileMap {
    const map: FileMap = new Map();
    addDockerImage(map, { layers, names: ['one:1', 'one:latest'] });
    addDockerImage(map, { layers: [...layers, ...layers], names: ['registry.example:5000/two:2'] });
    return map;
  }

  test('need a name', async () => {
    const refused = open(twoDockerImages());
    await expect(refused).rejects.toThrow('it holds several images: one:1, registry.example:5000/two:2; choose one');
    await expect(refused).rejects.toBeInstanceOf(ImageChoiceError);
  });

  test.each([
    ['one:1', 'one:1'],
    ['one', 'one:latest'],
    ['one:latest', 'one:latest'],
    ['docker.io/library/one:1', 'one:1'],
    ['docker.io/one:1', 'one:1'],
    ['index.docker.io/library/one', 'one:latest'],
    ['library/one:1', 'one:1'],
    ['registry.example:5000/two:2', 'registry.example:5000/two:2'],
  ])('%s', async (ref, name) => {
    expect(await open(twoDockerImages(), { ref })).toBe(`${name} linux/amd64`);
  });

  test.each(['three', 'two:2', 'one:2', 'localhost/one:1', 'registry.example:5000/two'])(
    '%s is not there',
    async (ref) => {
      await expect(open(twoDockerImages(), { ref })).rejects.toThrow(/holds no image .*, but one:1, registry/);
    },
  );

  test('a digest is a name', async () => {
    const map: FileMap = new Map();
    const [first, second] = [addManifest(map, { layers }), addManifest(map, { layers: [] })];
    setIndex(map, [first, second]);
    await expect(open(map)).rejects.toThrow(/holds 2 images for linux\/amd64: sha256:.*; choose one/);
    const image = await openImage(filesOf(map), { ref: second.digest, platform: amd64 });
    expect(image.layers).toHaveLength(0);
  });

  test('one image with two names is one image', async () => {
    const map: FileMap = new Map();
    const manifest = addManifest(map, { layers });
    setIndex(map, [named(manifest, 'one'), named(manifest, 'two')]);
    expect(await open(map)).toBe('one linux/amd64');
    expect(await open(map, { ref: 'two' })).toBe('two linux/amd64');
    expect(await open(map, { ref: manifest.digest })).toBe('one linux/amd64');
  });

  test('of the names that Docker 25 writes the whole one counts first', async () => {
    const map: FileMap = new Map();
    const annotations = {
      'org.opencontainers.image.ref.name': '1',
      'io.containerd.image.name': 'docker.io/library/app:1',
    };
    setIndex(map, [{ ...addManifest(map, { layers }), annotations }]);
    expect(await open(map)).toBe('docker.io/library/app:1 linux/amd64');
    expect(await open(map, { ref: 'app:1' })).toBe('docker.io/library/app:1 linux/amd64');
  });
});

describe('several platforms', () => {
  const inOneIndex = (map: FileMap, platforms: readonly string[]): void => {
    const manifests = platforms.map((platform) => forPlatform(map, platform));
    setIndex(map, [named(addBlob(map, json({ schemaVersion: 2, manifests }), types.index), 'many')]);
  };

  test.each([
    ['linux/amd64', ['linux/arm64/v8', 'linux/amd64', 'linux/amd64/v3'], 'linux/amd64'],
    ['linux/arm64', ['linux/amd64', 'linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/aarch64', ['linux/amd64', 'linux/arm64'], 'linux/arm64'],
    ['linux/arm', ['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6'], 'linux/arm/v7'],
    ['linux/arm/v6', ['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/x86_64', ['linux/386', 'linux/amd64'], 'linux/amd64'],
  ])('%s of %j', async (platform, there, chosen) => {
    const map: FileMap = new Map();
    inOneIndex(map, there);
    expect(await open(map, { platform })).toBe(`many ${chosen}`);
    const flat: FileMap = new Map();
    setIndex(
      flat,
      there.map((each) => named(forPlatform(flat, each), 'flat')),
    );
    expect(await open(flat, { platform })).toBe(`flat ${chosen}`);
  });

  test('another platform only is an error that says which there are', async () => {
    const map: FileMap = new Map();
    inOneIndex(map, ['linux/s390x', 'linux/arm64/v8']);
    const refused = open(map);
    await expect(refused).rejects.toThrow('it is made for linux/s390x, linux/arm64/v8, not for linux/amd64');
    await expect(refused).rejects.toMatchObject({ by: 'platform' });
    const archive: FileMap = new Map();
    addDockerImage(archive, { layers, platform: { os: 'linux', architecture: 'ppc64le' } });
    await expect(open(archive)).rejects.toThrow('it is made for linux/ppc64le, not for linux/amd64');
  });

  test('an index without platforms is told by the configs', async () => {
    const map: FileMap = new Map();
    const manifests = ['amd64', 'arm64'].map((architecture) =>
      addManifest(map, { layers, platform: { os: 'linux', architecture } }),
    );
    setIndex(map, [named(addBlob(map, json({ schemaVersion: 2, manifests }), types.dockerList), 'many')]);
    expect(await open(map, { platform: 'linux/arm64' })).toBe('many linux/arm64');
  });

  test('an image that does not say fits everywhere', async () => {
    const map: FileMap = new Map();
    addDockerImage(map, { layers, names: ['old:1'], platform: {} });
    expect(await open(map)).toBe('old:1 unknown/unknown');
  });

  test.each(['amd64', 'linux/', 'linux/arm/v7/x', ''])('%j is no platform', (text) => {
    expect(() => parsePlatform(text)).toThrow('is no platform');
  });
});

describe('what stands beside images', () => {
  test('attestations are passed over', async () => {
    const map: FileMap = new Map();
    const image = forPlatform(map, 'linux/amd64');
    const attestation = {
      ...image,
      digest: `sha256:${'0'.repeat(64)}`,
      platform: { os: 'unknown', architecture: 'unknown' },
    };
    const annotated = {
      ...attestation,
      platform: { os: 'linux', architecture: 'amd64' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    setIndex(map, [addBlob(map, json({ schemaVersion: 2, manifests: [attestation, annotated, image] }), types.index)]);
    expect(await open(map)).toContain('linux/amd64');
  });

  test('charts and signatures are passed over, and named where there is nothing else', async () => {
    const map: FileMap = new Map();
    const chart = addBlob(map, json({}), 'application/vnd.cncf.helm.config.v1+json');
    const artifact = addManifest(map, { layers }, { config: chart });
    setIndex(map, [artifact]);
    await expect(open(map)).rejects.toThrow('it holds no image, but "application/vnd.cncf.helm.config.v1+json"');
    setIndex(map, [artifact, forPlatform(map, 'linux/amd64')]);
    expect(await open(map)).toContain('linux/amd64');
  });
});
