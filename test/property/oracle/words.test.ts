import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errno } from '../../../src/host/errno.ts';
import { blobOf, bytesOfBlob } from '../../../src/oracle/blob.ts';
import { layersOfKeys, layersOfOptions } from '../../../src/oracle/layer-options.ts';
import { errorName, sameError } from '../../../src/oracle/names.ts';
import type { InputBlob } from '../../../src/oracle/records.ts';

describe('data in traces', () => {
  it('are text where plain, hex where not, a digest where long', () => {
    expect(blobOf(Buffer.from('plain\ntext'))).toBe('plain\ntext');
    expect(blobOf(Buffer.from('tab\there'))).toEqual({ hex: '7461620968657265' });
    expect(blobOf(Buffer.alloc(257, 'x'))).toEqual({
      sha256: '15eb95a462ee20bd91a415ae2d4aed341288186ddaa2b37908f7d592f0c3f85f',
      len: 257,
    });
  });

  it('up to 256 bytes are the bytes that they were made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
        expect(Buffer.from(bytesOfBlob(blobOf(bytes) as InputBlob))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('error names', () => {
  it('are those of the writer of the traces, and both names of an error are the same', () => {
    expect(errorName(-errno.ENOENT)).toBe('ENOENT');
    expect(errorName(-errno.EOPNOTSUPP)).toBe('ENOTSUP');
    expect(sameError('ENOTSUP', 'EOPNOTSUPP')).toBe(true);
    expect(sameError('EPERM', 'EACCES')).toBe(false);
  });
});

describe('the layers in mount options', () => {
  it('are the upper, then the lowers in order, data-only ones last', () => {
    expect(layersOfOptions('lowerdir=/l1:/l2::/data,upperdir=/u,workdir=/w,index=on')).toEqual([
      '/u',
      '/l1',
      '/l2',
      '/data',
    ]);
  });

  it('may hold escaped separators (R17, R18)', () => {
    expect(layersOfOptions('lowerdir=/c\\:d:/c\\,d:/c\\\\d')).toEqual(['/c:d', '/c,d', '/c\\d']);
  });

  it('come one by one from fsconfig', () => {
    expect(
      layersOfKeys([
        ['lowerdir+', '/a:b'],
        ['datadir+', '/d'],
        ['upperdir', '/u'],
        ['userxattr', null],
      ]),
    ).toEqual(['/u', '/a:b', '/d']);
  });
});
