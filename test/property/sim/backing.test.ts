import { expect, test } from 'vitest';
import { pathFromText } from '../../../src/host/index.ts';
import { linux618, simHost } from '../../../src/sim/index.ts';
import { factsOf } from '../../laws/backing-filesystem.ts';

const tmpfs = {
  directoryLinks: [4, 0],
  entries: ['two', 'one'],
  numbersReturn: false,
  changedByExchange: false,
  longestTarget: 4095,
  longestValues: [
    [65_536, 'untried'],
    [65_536, 'untried'],
  ],
};
const disk = { ...tmpfs, entries: ['one', 'two'] };

// test/privileged/sim asks the running kernel the same.
test.each([
  ['tmpfs', tmpfs],
  [
    'ext4',
    {
      ...disk,
      numbersReturn: true,
      longestValues: [
        [4040, 'ENOSPC'],
        [4028, 'ENOSPC'],
      ],
    },
  ],
  ['xfs', { ...disk, changedByExchange: true, longestTarget: 1023 }],
  [
    'btrfs',
    {
      ...disk,
      directoryLinks: [1, 0],
      longestValues: [
        [16_222, 'ENOSPC'],
        [16_204, 'ENOSPC'],
      ],
    },
  ],
])('%s answers as itself, not as tmpfs', (type, facts) => {
  const host = simHost({ profile: { ...linux618, rootFilesystem: { type, options: '' } } });
  host.fs.mkdir(pathFromText('/x'), 0o755);
  expect(factsOf(host, pathFromText('/x'))).toEqual(facts);
});
