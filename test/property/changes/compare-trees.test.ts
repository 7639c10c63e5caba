import { describe, expect, it } from 'vitest';
import { changesSize } from '../../../src/core/changes/changes-size.ts';
import { compareTrees } from '../../../src/core/changes/compare-trees.ts';
import { comparisonRules } from '../../../src/core/changes/rules.ts';
import { sameContent } from '../../../src/core/changes/same-content.ts';
import {
  join,
  makedev,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  S_IFCHR,
  type FileSystem,
  type Name,
  type Path,
} from '../../../src/host/index.ts';
import { linux618, simHost, type SimHost } from '../../../src/sim/index.ts';

type Rules = ReturnType<typeof comparisonRules>;

/** Makes something in a tree. */
type Making = (fs: FileSystem, at: (name: string) => Path) => void;

const [older, newer] = ['/older', '/newer'] as const;

function write(fs: FileSystem, path: Path, content: string | Uint8Array, time = 1): void {
  const fd = fs.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644);
  fs.writeAll(fd, Buffer.from(content));
  fs.close(fd);
  touch(fs, path, time);
}

function touch(fs: FileSystem, path: Path, sec: number, nsec = 0): void {
  fs.lutimens(path, { sec, nsec }, { sec, nsec });
}

/** Two trees, each on a filesystem of its own, so that equal things have equal inodes. */
function treesOf(before: Making, after: Making): SimHost {
  const host = simHost({ profile: linux618 });
  const made = [
    [older, before],
    [newer, after],
  ] as const;
  for (const [root, make] of made) {
    host.fs.mkdir(root as Path, 0o755);
    host.mount.mount('tree', root as Path, 'tmpfs', 0, 'mode=755');
    make(host.fs, (name) => join(root as Path, name));
  }
  return host;
}

async function changes(before: Making, after: Making, rules?: Rules): Promise<readonly string[]> {
  const pair = { newer: newer as Path, older: older as Path, ...(rules && { rules }) };
  const found = await compareTrees(treesOf(before, after), pair);
  return found.map(({ kind, path }) => `${kind} ${path}`);
}

/** The same on both sides, then what differs on each. */
function differing(common: Making, before: Making, after: Making): readonly [Making, Making] {
  const both = (then: Making): Making => {
    return (fs, at) => {
      common(fs, at);
      then(fs, at);
    };
  };
  return [both(before), both(after)];
}

const nothing: Making = () => undefined;
const file: Making = (fs, at) => {
  write(fs, at('f'), 'same');
};
const directory: Making = (fs, at) => {
  fs.mkdir(at('d'), 0o755);
  write(fs, at('d/f'), 'same');
};
const long = (last: string): string => 'x'.repeat(3 * 65536) + last;

describe('a change is', () => {
  it.each<[string, readonly [Making, Making], readonly string[]]>([
    ['nothing between equals', [file, file], []],
    [
      'another mode',
      differing(file, nothing, (fs, at) => {
        fs.chmod(at('f'), 0o600);
      }),
      ['C /f'],
    ],
    [
      'another owner',
      differing(file, nothing, (fs, at) => {
        fs.lchown(at('f'), 7, 0);
      }),
      ['C /f'],
    ],
    [
      'another group',
      differing(file, nothing, (fs, at) => {
        fs.lchown(at('f'), 0, 7);
      }),
      ['C /f'],
    ],
    [
      'another attribute',
      differing(file, nothing, (fs, at) => {
        fs.lsetxattr(at('f'), 'trusted.x', Buffer.of());
      }),
      ['C /f'],
    ],
    [
      'another value of an attribute',
      differing(
        file,
        (fs, at) => {
          fs.lsetxattr(at('f'), 'trusted.x', Buffer.from('1'));
        },
        (fs, at) => {
          fs.lsetxattr(at('f'), 'trusted.x', Buffer.from('2'));
        },
      ),
      ['C /f'],
    ],
    [
      'another size',
      [
        file,
        (fs, at) => {
          write(fs, at('f'), 'same and more');
        },
      ],
      ['C /f'],
    ],
    [
      'another time',
      differing(file, nothing, (fs, at) => {
        touch(fs, at('f'), 2);
      }),
      ['C /f'],
    ],
    [
      'another nanosecond',
      differing(
        file,
        (fs, at) => {
          touch(fs, at('f'), 1, 5);
        },
        (fs, at) => {
          touch(fs, at('f'), 1, 6);
        },
      ),
      ['C /f'],
    ],
    [
      'no whole second for its part',
      differing(file, nothing, (fs, at) => {
        touch(fs, at('f'), 1, 6);
      }),
      [],
    ],
    [
      'other content of the same size and time',
      [
        file,
        (fs, at) => {
          write(fs, at('f'), 'SAME');
        },
      ],
      ['C /f'],
    ],
    [
      'another last byte of much',
      [
        (fs, at) => {
          write(fs, at('f'), long('a'));
        },
        (fs, at) => {
          write(fs, at('f'), long('b'));
        },
      ],
      ['C /f'],
    ],
    [
      'another number of a device',
      [
        (fs, at) => {
          fs.mknod(at('c'), S_IFCHR | 0o600, makedev(1, 3));
          touch(fs, at('c'), 1);
        },
        (fs, at) => {
          fs.mknod(at('c'), S_IFCHR | 0o600, makedev(1, 5));
          touch(fs, at('c'), 1);
        },
      ],
      ['C /c'],
    ],
    [
      'another target of a symlink of the same time',
      [
        (fs, at) => {
          fs.symlink('one' as Path, at('s'));
          touch(fs, at('s'), 1);
        },
        (fs, at) => {
          fs.symlink('two' as Path, at('s'));
          touch(fs, at('s'), 1);
        },
      ],
      ['C /s'],
    ],
    ['all that is added', [nothing, directory], ['A /d', 'A /d/f']],
    ['the top of what is gone', [directory, nothing], ['D /d']],
    [
      'no other time of a directory',
      differing(directory, nothing, (fs, at) => {
        touch(fs, at('d'), 9);
      }),
      [],
    ],
    [
      'every directory above another one',
      differing(directory, nothing, (fs, at) => {
        write(fs, at('d/new'), '');
      }),
      ['C /d', 'A /d/new'],
    ],
    [
      'a file in the place of a directory',
      [
        directory,
        (fs, at) => {
          write(fs, at('d'), '');
        },
      ],
      ['C /d'],
    ],
    [
      'a directory in the place of a file, and what is in it',
      [
        (fs, at) => {
          write(fs, at('d'), '');
        },
        directory,
      ],
      ['C /d', 'A /d/f'],
    ],
    [
      'another mode of the root',
      [
        nothing,
        (fs, at) => {
          fs.chmod(at(''), 0o700);
        },
      ],
      ['C /'],
    ],
    [
      'another attribute of the root',
      [
        nothing,
        (fs, at) => {
          fs.lsetxattr(at(''), 'trusted.x', Buffer.of());
        },
      ],
      ['C /'],
    ],
    [
      'no other time of the root',
      [
        nothing,
        (fs, at) => {
          touch(fs, at(''), 9);
        },
      ],
      [],
    ],
    [
      'listed by the bytes of its path',
      [
        nothing,
        (fs, at) => {
          fs.mkdir(at('a'), 0o755);
          for (const name of ['a/b', 'a-b', 'a!']) write(fs, at(name), '');
        },
      ],
      ['A /a', 'A /a!', 'A /a-b', 'A /a/b'],
    ],
  ])('%s', async (_what, [before, after], expected) => {
    expect(await changes(before, after)).toEqual(expected);
  });
});

describe('where ties are trusted', () => {
  const trusted = comparisonRules(new Set(['trust-times']));

  it('another size at the same time is a change, and other content is none', async () => {
    const longer: Making = (fs, at) => {
      write(fs, at('f'), 'same and more');
    };
    expect(await changes(file, longer, trusted)).toEqual(['C /f']);
    const other: Making = (fs, at) => {
      write(fs, at('f'), 'SAME');
    };
    expect(await changes(file, other, trusted)).toEqual([]);
  });
});

describe('the size of changes', () => {
  it('counts what was added or changed and is no directory, each inode once', async () => {
    const host = treesOf(nothing, (fs, at) => {
      fs.mkdir(at('d'), 0o755);
      write(fs, at('d/one'), '12345');
      fs.link(at('d/one'), at('d/two'));
      write(fs, at('f'), '123');
      fs.symlink('target' as Path, at('s'));
    });
    const paths = ['/', '/d', '/d/one', '/d/two', '/f', '/s', '/gone', '/f/below'];
    const all = paths.map((path) => ({ kind: 'A' as const, path: path as Path }));
    expect(await changesSize(host, newer as Path, all)).toBe(5 + 3 + 6);
    const deleted = all.map((change) => ({ ...change, kind: 'D' as const }));
    expect(await changesSize(host, newer as Path, deleted)).toBe(0);
  });
});

it('a file that is cut while it is compared is another one', () => {
  const { fs } = simHost({ profile: linux618 });
  for (const name of ['/a', '/b']) write(fs, name as Path, 'abc');
  const directory = fs.openRoot('/' as Path);
  const [a, b] = ['a', 'b'].map((name) => ({ directory, name: name as Name, stat: directory.lstat(name as Name) }));
  if (a === undefined || b === undefined) throw new Error('two files');
  expect(sameContent(fs, a, b)).toBe(true);
  write(fs, '/b' as Path, 'ab');
  expect([sameContent(fs, a, b), sameContent(fs, b, a)]).toEqual([false, false]);
});
