import { describe, expect, test } from 'vitest';
import { archiveFiles, ImageError, openImage, parsePlatform } from '../../../src/core/image/index.ts';
import {
  addBlob,
  addDockerImage,
  addManifest,
  addOciImage,
  archiveOf,
  filesOf,
  hex,
  json,
  readJson,
  setIndex,
  sourceOf,
  tarOf,
  types,
  type FileMap,
} from './images.ts';

// Everything that can be known without reading a layer is refused before anything changes, in words that name the file.

const parts = { layers: [Buffer.from('base'), Buffer.from('top')], names: ['broken:1'] };
const choice = { platform: parsePlatform('linux/amd64') };

async function expectRefusal(map: FileMap, text: RegExp | string): Promise<void> {
  const refused = openImage(filesOf(map), choice);
  await expect(refused).rejects.toThrow(text);
  await expect(refused).rejects.toBeInstanceOf(ImageError);
}

/** Changes the one JSON object that a file holds. */
function change(map: FileMap, name: string, fields: object): void {
  const value = readJson(map, name);
  const changed = Array.isArray(value) ? [{ ...(value[0] as object), ...fields }] : { ...(value as object), ...fields };
  map.set(name, json(changed));
}

describe('a docker-archive', () => {
  const docker = (): FileMap => {
    const map: FileMap = new Map();
    addDockerImage(map, parts);
    return map;
  };
  const configName = [...docker().keys()].find((name) => name.endsWith('.json') && name !== 'manifest.json') ?? '';

  test.each([
    ['no manifest', (map: FileMap) => map.delete('manifest.json'), /it is no image/],
    [
      'Docker before 1.10',
      (map: FileMap) => {
        map.delete('manifest.json');
        map.set('repositories', json({}));
      },
      /it holds no image: its file repositories names none/,
    ],
    ['no JSON', (map: FileMap) => map.set('manifest.json', Buffer.from('[{')), /manifest\.json is not JSON/],
    [
      'no UTF-8',
      (map: FileMap) => map.set('manifest.json', Buffer.from('["\xff"]', 'latin1')),
      /manifest\.json is not JSON/,
    ],
    ['an object', (map: FileMap) => map.set('manifest.json', json({})), /manifest\.json is \{\}; it must be a list/],
    [
      "a manifest of schema 1 in skopeo's directory",
      (map: FileMap) => map.set('manifest.json', json({ schemaVersion: 1, fsLayers: [] })),
      /it holds no image, but a manifest of the old schema 1/,
    ],
    ['an empty list', (map: FileMap) => map.set('manifest.json', json([])), /holds no image/],
    ['a list of texts', (map: FileMap) => map.set('manifest.json', json(['x'])), /must be an object/],
    [
      'no config named',
      (map: FileMap) => {
        change(map, 'manifest.json', { Config: 7 });
      },
      /\.Config is 7; it must be a text/,
    ],
    ['config missing', (map: FileMap) => map.delete(configName), new RegExp(`${configName} is missing`)],
    ['config changed', (map: FileMap) => map.set(configName, json({})), /does not have the digest sha256:/],
    [
      'layer missing',
      (map: FileMap) => map.delete([...map.keys()].find((name) => name.endsWith('layer.tar')) ?? ''),
      /Layers\[0\] is missing: there is no .*layer\.tar/,
    ],
    [
      'too few layers',
      (map: FileMap) => {
        change(map, 'manifest.json', { Layers: [] });
      },
      /manifest has 0 layers and its config, .*, 2 diff_ids/,
    ],
    [
      'a layer that is no text',
      (map: FileMap) => {
        change(map, 'manifest.json', { Layers: [{}, {}] });
      },
      /Layers\[0\] is \{\}; it must be a text/,
    ],
    [
      'a huge manifest',
      (map: FileMap) => map.set('manifest.json', Buffer.alloc(9 << 20, ' ')),
      /manifest\.json has 9437184 bytes; at most 8388608/,
    ],
  ])('%s', async (_name, damage, text) => {
    const map = docker();
    damage(map);
    await expectRefusal(map, text);
  });

  test.each([
    ['no digest', ['sha256:xyz', 'x'], /diff_ids\[0\] is "sha256:xyz", which is no sha256 or sha512 digest/],
    ['another algorithm', [`md5:${'0'.repeat(32)}`, 'x'], /no sha256 or sha512/],
    ['capital letters', [`sha256:${'A'.repeat(64)}`, 'x'], /no sha256 or sha512/],
    ['no list', 'none', /diff_ids is "none"; it must be a list/],
  ])('diff_ids: %s', async (_name, diffIds, text) => {
    const map: FileMap = new Map([
      ['manifest.json', json([{ Config: 'c', Layers: [] }])],
      ['c', json({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } })],
    ]);
    await expectRefusal(map, text);
  });

  test('a rootfs of another type, and a Windows image', async () => {
    const map: FileMap = new Map([['manifest.json', json([{ Config: 'c', Layers: [] }])]]);
    map.set('c', json({ rootfs: { type: 'layers+base', diff_ids: [] } }));
    await expectRefusal(map, /rootfs of the type "layers\+base"/);
    map.set('c', json({ os: 'windows', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }));
    const asked = openImage(filesOf(map), { platform: parsePlatform('windows/amd64') });
    await expect(asked).rejects.toThrow('Windows image');
  });
});

describe('an OCI layout', () => {
  const oci = (): FileMap => {
    const map: FileMap = new Map();
    addOciImage(map, parts);
    return map;
  };
  const first = (map: FileMap): { digest: string; size: number } =>
    (readJson(map, 'index.json') as { manifests: [{ digest: string; size: number }] }).manifests[0];
  const manifestName = (map: FileMap): string => `blobs/sha256/${hex(first(map).digest)}`;
  const layerName = (map: FileMap): string =>
    `blobs/sha256/${hex((readJson(map, manifestName(map)) as { layers: [{ digest: string }] }).layers[0].digest)}`;

  test.each([
    ['no oci-layout', (map: FileMap) => map.delete('oci-layout'), /oci-layout is missing/],
    [
      'another version',
      (map: FileMap) => map.set('oci-layout', json({ imageLayoutVersion: '2.0.0' })),
      /version "2\.0\.0"/,
    ],
    ['no schemaVersion', (map: FileMap) => map.set('index.json', json({ manifests: [] })), /schemaVersion is missing/],
    [
      'nothing in it',
      (map: FileMap) => {
        setIndex(map, []);
      },
      /it holds no image$/,
    ],
    ['manifest missing', (map: FileMap) => map.delete(manifestName(map)), /blobs\/sha256\/[0-9a-f]+ is missing/],
    [
      'manifest changed',
      (map: FileMap) => map.set(manifestName(map), Buffer.from(map.get(manifestName(map)) ?? '').fill(0x20, 0, 1)),
      /does not have the digest/,
    ],
    ['manifest cut', (map: FileMap) => map.set(manifestName(map), Buffer.alloc(5)), /has 5 bytes instead of \d+/],
    [
      'layer missing',
      (map: FileMap) => map.delete(layerName(map)),
      /layers\[0\] is missing: there is no blobs\/sha256/,
    ],
    [
      'layer cut',
      (map: FileMap) => map.set(layerName(map), Buffer.alloc(1)),
      /layers\[0\] is damaged: .* has 1 bytes instead of 4/,
    ],
    [
      'a digest that is a path',
      (map: FileMap) => {
        setIndex(map, [{ ...first(map), mediaType: types.manifest, digest: 'sha256:../../etc/passwd' }]);
      },
      /no sha256 or sha512/,
    ],
    [
      'a negative size',
      (map: FileMap) => {
        setIndex(map, [{ ...first(map), mediaType: types.manifest, size: -1 }]);
      },
      /size is -1; it must be a size/,
    ],
    [
      'schema 1',
      (map: FileMap) => {
        setIndex(map, [{ ...first(map), mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }]);
      },
      /old schema 1/,
    ],
  ])('%s', async (_name, damage, text) => {
    const map = oci();
    damage(map);
    await expectRefusal(map, text);
  });

  test.each([
    ['application/vnd.oci.image.layer.v1.tar+gzip+encrypted', /decrypt the image first/],
    ['text/plain', /no known kind of layer/],
  ])('a layer of the type %s', async (mediaType, text) => {
    const map: FileMap = new Map();
    const layer = { ...addBlob(map, Buffer.from('base'), types.layer), mediaType };
    setIndex(map, [addManifest(map, parts, { layers: [layer, layer] })]);
    await expectRefusal(map, text);
  });

  test.each([
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ])('a layer of the type %s is one like others, and may be missing', async (mediaType) => {
    const map: FileMap = new Map();
    const layer = { ...addBlob(map, Buffer.from('base'), types.layer), mediaType };
    setIndex(map, [addManifest(map, { layers: [Buffer.from('base')] }, { layers: [layer] })]);
    expect((await openImage(filesOf(map), choice)).layers).toHaveLength(1);
    map.delete(`blobs/sha256/${hex(layer.digest)}`);
    await expectRefusal(map, /layers\[0\] is not there: such a layer may not be handed on; fetch sha256:/);
  });

  test('a config and a manifest that do not agree', async () => {
    const map: FileMap = new Map();
    setIndex(map, [addManifest(map, parts, { layers: [] })]);
    await expectRefusal(map, /manifest has 0 layers and its config, .*, 2 diff_ids/);
  });

  test('an index that names itself cannot have the digest that it names', async () => {
    const map: FileMap = new Map();
    const self = addBlob(map, json({ schemaVersion: 2, manifests: [] }), types.index);
    const bytes = json({ schemaVersion: 2, manifests: [self] });
    map.set(`blobs/sha256/${hex(self.digest)}`, bytes);
    setIndex(map, [{ ...self, size: bytes.length }]);
    await expectRefusal(map, /does not have the digest/);
  });

  test('indexes within indexes: each is read once, and not too deep', async () => {
    const map: FileMap = new Map();
    let inner = addManifest(map, parts);
    for (let depth = 0; depth < 8; depth += 1) {
      const manifests = Array.from({ length: 50 }, () => inner);
      inner = addBlob(map, json({ schemaVersion: 2, manifests }), types.index);
    }
    setIndex(map, [inner]);
    expect((await openImage(filesOf(map), choice)).layers).toHaveLength(2);
    setIndex(map, [addBlob(map, json({ schemaVersion: 2, manifests: [inner] }), types.index)]);
    await expectRefusal(map, /more than 8 deep/);
  });
});

describe('an archive', () => {
  /** With the layers in the end, so that every cut takes something of them. */
  const image = async (): Promise<Buffer> => {
    const map: FileMap = new Map();
    addOciImage(map, { layers: [Buffer.alloc(3000, 'a'), Buffer.alloc(3072, 'b')] });
    return archiveOf(new Map([...map].sort(([, one], [, other]) => one.length - other.length)));
  };

  test('cut off anywhere is refused, or has lost a file', async () => {
    const whole = await image();
    const contentEnd = whole.length - 1024;
    for (let length = 1; length < contentEnd; length += 97) {
      const opened = archiveFiles(sourceOf(whole.subarray(0, length))).then((files) => openImage(files, choice));
      await expect(opened, `${length} bytes`).rejects.toThrow(ImageError);
    }
  });

  test('without its closing blocks is accepted (E6)', async () => {
    const whole = await image();
    const files = await archiveFiles(sourceOf(whole.subarray(0, whole.length - 1024)));
    expect((await openImage(files, choice)).layers).toHaveLength(2);
  });

  test('of something else, and no archive at all', async () => {
    const other = await archiveFiles(sourceOf(await tarOf([{ name: 'etc/passwd', content: 'root' }])));
    await expect(openImage(other, choice)).rejects.toThrow('it is no image: it has neither');
    await expect(archiveFiles(sourceOf(Buffer.alloc(2000, 'text ')))).rejects.toThrow(
      'cannot be read as a tar archive',
    );
  });
});
