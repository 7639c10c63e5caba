import { expect, test } from 'vitest';
import { applyLayerToTree } from '../../../src/core/archive/index.ts';
import { AT_FDCWD } from '../../../src/host/constants.ts';
import type { Path } from '../../../src/host/index.ts';
import { SimHost, SimMachine } from '../../../src/sim/index.ts';
import { layerBytes } from './layer-cases.ts';
import { streamOf } from './unpack-case.ts';

test.each(['0444', '0000', '4755'])(
  'an ordinary user unpacks a file of mode %s with a user attribute',
  async (mode) => {
    const machine = SimMachine.boot();
    machine.init.mkdirat(AT_FDCWD, '/tree', 0o755);
    machine.init.fchownat(AT_FDCWD, '/tree', 1000, 1000, 0);
    const user = machine.spawn({ uid: 1000, gid: 1000, groups: [], umask: 0o022 });
    if (typeof user === 'number') throw new Error(`no process: ${user}`);
    const pax = { 'SCHILY.xattr.user.note': 'said' };
    const layer = layerBytes([{ type: 'file', name: 'f', data: 'x', mode, uid: 1000, gid: 1000, pax }]);
    await applyLayerToTree(new SimHost(machine, user), streamOf(layer), { root: '/tree' as Path, files: 'own' });
    const { fs } = new SimHost(machine);
    expect(fs.lstat('/tree/f' as Path).permissions).toBe(parseInt(mode, 8));
    expect(Buffer.from(fs.lgetxattr('/tree/f' as Path, 'user.note')).toString()).toBe('said');
  },
);
