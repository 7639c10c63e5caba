import { describe, expect, it } from 'vitest';
import { InvalidLayerIdError, isLayerId, layerId, parentId } from '../../../src/core/layer-id.ts';

describe('the id of a layer', () => {
  it.each(['a', 'A b', 'x'.repeat(255), 'sha256-0af', '~!@#$%^&*()', 'a.b', 'll', 'backingFsBlockDev2'])(
    'may be %j',
    (text) => {
      expect(layerId(text)).toBe(text);
      expect(parentId(text)).toBe(text);
    },
  );

  it.each([
    ['', 'it is empty'],
    ['a/b', 'it has a slash'],
    ['.', 'it begins with a dot'],
    ['.a', 'it begins with a dot'],
    ['a\n', 'it is not printable ASCII'],
    ['\x7f', 'it is not printable ASCII'],
    ['ü', 'it is not printable ASCII'],
    ['a:b', 'it has a colon, comma or backslash, which mount options cannot carry plainly'],
    ['a,b', 'it has a colon, comma or backslash, which mount options cannot carry plainly'],
    ['a\\b', 'it has a colon, comma or backslash, which mount options cannot carry plainly'],
    ['x'.repeat(256), 'it is too long'],
    ['l', 'the driver itself uses that name'],
    ['backingFsBlockDev', 'the driver itself uses that name'],
  ])('may not be %j: %s', (text, why) => {
    expect(() => layerId(text)).toThrow(InvalidLayerIdError);
    expect(() => layerId(text)).toThrow(
      `invalid layer id ${JSON.stringify(text)}: ${why}; an id is a file name of at most 255 bytes`,
    );
    expect(isLayerId(text)).toBe(false);
  });

  it('is none of a parent that there is not', () => {
    expect(parentId('')).toBe('');
  });
});
