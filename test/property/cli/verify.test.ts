import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { O_TRUNC, O_WRONLY, type Path } from '../../../src/host/index.ts';
import { SimHost, SimMachine } from '../../../src/sim/index.ts';
import { MachineUnderTest } from './machine.ts';
import { expectedLayers, forms, ids } from './tricky.ts';

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

const [image = ''] = forms;
const base = ids[0] ?? '';
const diffIds = expectedLayers('overlay2').map(({ diffId }) => diffId);

async function digestOfDiff(id: string, driver: string): Promise<string> {
  const file = machine.path('layer.tar');
  await machine.ok('diff', id, '-o', file, '--driver', driver);
  return `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}

/** Changes a file of the base layer behind the driver's back. */
function damage(file: string): void {
  const header = 'graphdriver machine 2\n';
  const simulated = SimMachine.fromText(readFileSync(machine.file, 'utf8').slice(header.length));
  const { fs } = new SimHost(simulated);
  const fd = fs.open(file as Path, O_WRONLY | O_TRUNC);
  fs.writeAll(fd, Buffer.from('other'));
  fs.close(fd);
  writeFileSync(machine.file, header + simulated.toText());
}

describe("dockerd's image", () => {
  test.each(['overlay2', 'overlay', 'vfs', 'aufs'])('comes out of %s bit for bit, and is verified', async (driver) => {
    await machine.ok('load', image, '--driver', driver);
    const top = ids.at(-1) ?? '';
    expect(await digestOfDiff(base, driver)).toBe(diffIds[0]);
    expect(await digestOfDiff(top, driver)).toBe(diffIds.at(-1));
    const lines = ids.map((id, n) => JSON.stringify({ id, kind: 'intact', diffId: diffIds[n] }));
    expect(await machine.ok('verify', top, '--json', '--driver', driver)).toBe(`${lines.join('\n')}\n`);
  });

  test('is verified by its name', async () => {
    await machine.ok('load', image);
    const words = ids.map((id, n) => `${id} is ${diffIds[n] ?? ''}`);
    expect(await machine.ok('verify', image)).toBe(`${words.join('\n')}\n`);
    expect(await machine.ok('verify', image, '--ref', 'tricky:app')).toBe(`${words.join('\n')}\n`);
    const other = await machine.run(['verify', image, '--ref', 'other']);
    expect(other.stderr).toMatch(/: it holds no image "other", but .*tricky:app; choose another with --ref NAME/);
    const elsewhere = await machine.run(['verify', image, '--platform', 'linux/s390x']);
    expect(elsewhere.stderr).toContain('not for linux/s390x');
  });

  test('whose file has changed fails, and the file is named', async () => {
    await machine.ok('load', image);
    const [{ path } = { path: '' }] = rowsOfFiles(await machine.ok('dump', base, '--raw'));
    const { metadata } = (await machine.json('inspect', base)) as { readonly metadata: { readonly UpperDir: string } };
    damage(`${metadata.UpperDir}/${path}`);
    const { status, stdout } = await machine.run(['verify', base]);
    expect(status).toBe(1);
    expect(stdout).toContain(`is not ${diffIds[0] ?? ''}: `);
    expect(stdout).toContain(path);
    expect(await digestOfDiff(base, 'overlay2')).not.toBe(diffIds[0]);
  });

  test('cannot be verified before it is loaded, nor when something was applied to it', async () => {
    const missing = await machine.run(['verify', image]);
    expect(missing.status).toBe(1);
    expect(missing.stdout).toContain('is not there; load the image');
    await machine.ok('load', image);
    writeFileSync(machine.path('empty.tar'), Buffer.alloc(1024));
    await machine.ok('apply', base, machine.path('empty.tar'));
    const applied = await machine.run(['verify', base]);
    expect(applied.status).toBe(1);
    expect(applied.stdout).toContain('nothing is recorded');
  });

  test('leaves no record behind when its layers are removed', async () => {
    await machine.ok('load', image);
    for (const id of ids.toReversed()) await machine.ok('remove', id);
    await machine.ok('create', base);
    expect((await machine.run(['verify', base])).stdout).toContain('nothing is recorded');
  });
});

function rowsOfFiles(dump: string): readonly { readonly path: string }[] {
  const lines = dump.split('\n').filter((line) => line !== '');
  const rows = lines.map((line) => JSON.parse(line) as { readonly path: string; readonly size?: number; type: string });
  return rows.filter(({ type, size = 0 }) => type === 'file' && size > 10);
}
