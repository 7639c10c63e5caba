import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMountinfo } from '../../../src/host/linux/mountinfo.ts';
import { makedev } from '../../../src/host/stat.ts';

/** As the kernel does it (mangle_path): octal escapes for space, tab, newline, `#` and the backslash. */
function escape(field: string): string {
  return field.replace(/[ \t\n#\\]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

const byte = fc.oneof(fc.integer({ min: 1, max: 0xff }), fc.constantFrom(0x20, 0x5c, 0xa0, 0x0a, 0x23));
const bytes = fc.string({ unit: byte.map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 30 });
const word = fc.stringMatching(/^[a-z]+(,[a-z=]+)?$/);
const tags = fc.array(fc.constantFrom('shared:1', 'master:22', 'propagate_from:3', 'unbindable'), { maxLength: 3 });
const entry = fc.record({
  id: fc.nat(),
  parent: fc.nat(),
  dev: fc.tuple(fc.nat(0xfff), fc.nat(0xfffff)).map(([major, minor]) => ({ major, minor })),
  root: bytes.map((tail) => `/${tail}`),
  target: bytes.map((tail) => `/${tail}`),
  options: word,
  tags,
  type: fc.constantFrom('overlay', 'ext4', 'fuse.sshfs'),
  source: fc.oneof(bytes, fc.constant('')),
  superOptions: bytes,
});

describe('parseMountinfo', () => {
  it('reads back every mount the kernel could have written', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const text = entries.map((mount) => {
          const { id, parent, dev, options, type } = mount;
          const [root, target, source, superOptions] = [mount.root, mount.target, mount.source, mount.superOptions].map(
            escape,
          );
          const tagged = mount.tags.map((tag) => ` ${tag}`).join('');
          return `${id} ${parent} ${dev.major}:${dev.minor} ${root} ${target} ${options}${tagged} - ${type} ${source} ${superOptions}\n`;
        });
        const expected = entries.map(({ tags: _, dev, ...rest }) => ({ ...rest, dev: makedev(dev.major, dev.minor) }));
        expect(parseMountinfo(text.join(''))).toEqual(expected);
      }),
    );
  });

  it('refuses what is no mountinfo', () => {
    expect(() => parseMountinfo('proc /proc proc rw 0 0\n')).toThrow(SyntaxError);
  });
});
