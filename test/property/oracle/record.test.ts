import { expect, it } from 'vitest';
import { record } from '../../../src/oracle/record/record.ts';

const request = { target: 'sim', group: 'default', seed: 1, traces: 2, ops: 5 } as const;

it.each([
  ['an unknown option', 'bogus=1'],
  ['options that exclude each other', 'nfs_export=on,index=off'],
])('records nothing with %s, and says why', async (_what, options) => {
  await expect(record({ ...request, options })).rejects.toThrow(
    new RegExp(`^no trace could be mounted: "EINVAL" for "lowerdir=.*,${options}"; choose options`),
  );
});
