import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basename, dirname, isName, join, pathFromText, textFromPath, type Path } from '../../../src/host/index.ts';

const bytes = fc
  .uint8Array({ minLength: 0, maxLength: 40 })
  .map((array) => Buffer.from(array).toString('latin1') as Path);

describe('paths are byte strings', () => {
  it('text and back is the identity on every byte sequence', () => {
    fc.assert(fc.property(bytes, (path) => pathFromText(textFromPath(path)) === path));
  });

  it('text is UTF-8 where the bytes are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(textFromPath(Buffer.from(text, 'utf8').toString('latin1'))).toBe(text);
      }),
    );
  });

  it('writes bytes that are not UTF-8 as surrogate escapes, as tree dumps have them', () => {
    expect(textFromPath('a\xff\xc3\xa9')).toBe('a\udcffé');
    // An overlong NUL and an encoded surrogate are no UTF-8.
    expect(textFromPath('\xc0\x80')).toBe('\udcc0\udc80');
    expect(textFromPath('\xed\xa0\x80')).toBe('\udced\udca0\udc80');
  });

  it.each([
    ['/a/b', '/a', 'b'],
    ['/a', '/', 'a'],
    ['a', '.', 'a'],
    ['a/b/', 'a', 'b'],
    ['a//b', 'a', 'b'],
    ['/', '/', '/'],
  ])('takes %s apart', (path, dir, base) => {
    expect([dirname(path as Path), basename(path as Path)]).toEqual([dir, base]);
  });

  it('joins without doubling slashes', () => {
    expect(join('/' as Path, 'a', 'b')).toBe('/a/b');
    expect(join('/a/' as Path, 'b')).toBe('/a/b');
  });

  it.each(['', '.', '..', 'a/b', '/', 'a\0b'])('does not take %j for a name', (text) => {
    expect(isName(text)).toBe(false);
  });
});
