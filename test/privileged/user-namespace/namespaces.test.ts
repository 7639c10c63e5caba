import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectedLayer, expectedView, forms, ids, rowsOf, timeless, type Row } from '../../property/cli/tricky.ts';
import { binaries, fastest, type Ended } from '../cli/binary.ts';
import { whyNoMounts } from '../linux-world.ts';
import { ofNobody, ofRange, ofRoot, type UserNamespace } from './namespaces.ts';

// The drivers and the command in user namespaces of this kernel, where overlay takes `userxattr` and no device can be made.

const whyNone = whyNoMounts();
if (whyNone !== undefined) console.warn(`SKIPPED: user namespaces: ${whyNone}`);

const skipped = new Map<UserNamespace, string | undefined>();
for (const namespace of [ofRoot, ofNobody, ofRange]) {
  const why = whyNone ?? namespace.why();
  if (why !== undefined && whyNone === undefined) console.warn(`SKIPPED: a user namespace ${namespace.name}: ${why}`);
  skipped.set(namespace, why);
}

/** `test` where there is such a namespace. */
function testIn(namespace: UserNamespace): ReturnType<typeof test.skipIf> {
  return test.skipIf(skipped.get(namespace) !== undefined);
}

const root = join(import.meta.dirname, '../../..');
const [image = ''] = forms;
const command = [process.execPath, ...(binaries[fastest] ?? []), '--host', 'linux', '--root', '/mnt/root'];

/** Runs a script that calls the command as `"$@"` on a tmpfs of its own. */
function script(namespace: UserNamespace, text: string): Promise<Ended> {
  return namespace.run('sh', '-ec', `mount -t tmpfs tmpfs /mnt; ${text}`, 'sh', ...command);
}

/** Runs test files of this project in the namespace; answers how many tests passed. All must, and none be skipped. */
async function passedIn(namespace: UserNamespace, ...args: readonly string[]): Promise<number> {
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--configLoader', 'runner', '--root', root];
  const options = ['--project', 'privileged', '--reporter=json', '--no-cache', ...args];
  const { stdout, stderr } = await namespace.run(process.execPath, ...vitest, ...options);
  const start = stdout.indexOf('{');
  if (start < 0) throw new Error(`no report: ${stdout}${stderr}`);
  const report = JSON.parse(stdout.slice(start)) as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly testResults: readonly unknown[];
  };
  if (report.numFailedTests > 0) throw new Error(JSON.stringify(report.testResults, undefined, 2));
  return report.numPassedTests;
}

describe.each([ofRoot, ofNobody])('a user namespace $name', (namespace) => {
  testIn(namespace)('carries all drivers through the life of a container', async () => {
    expect(await passedIn(namespace, 'test/privileged/user-namespace/life.test.ts')).toBe(3);
  });

  testIn(namespace)('has no owner but root: the image is refused with what to do, and nothing is left', async () => {
    const { status, stdout, stderr } = await script(namespace, `"$@" load '${image}' && exit 3; "$@" list --json`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '[]\n' });
    const line = stderr.split('\n').find((each) => each.includes('cannot unpack')) ?? '';
    expect(line).toMatch(/EINVAL: invalid argument, fchown \("\.\/home\/u\/", byte \d+ of the archive\)/);
    expect(line).toContain('this user namespace has no such owner; map more ids into it');
  });

  testIn(namespace)('mounts with userxattr by the command', async () => {
    const { status, stdout, stderr } = await script(
      namespace,
      `"$@" create base >&2; echo '0 bottom' > /mnt/bottom; tar -C /mnt -cf /mnt/layer.tar --owner=0 --group=0 bottom
       "$@" apply base /mnt/layer.tar >&2; "$@" create c --parent base --read-write >&2; at=$("$@" mount c)
       grep -c ' overlay .*userxattr' /proc/self/mountinfo; rm "$at/bottom"; mkdir "$at/dir"; "$@" changes c
       "$@" diff c | tar -t; "$@" unmount c >&2; "$@" remove c >&2; "$@" status | grep userxattr
       grep -c ' overlay .*userxattr' /proc/self/mountinfo || :`,
    );
    expect({ status, stderr: stderr.includes('graphdriver:') }).toEqual({ status: 0, stderr: false });
    expect(stdout.replace(/ {2,}/, ' ')).toBe('1\nD /bottom\nA /dir\n.wh.bottom\ndir/\nuserxattr: true\n0\n');
  });
});

/** What a layer holds where overlayfs keeps its marks in user.*, and where there are no devices but whiteouts. */
function inNamespace(rows: readonly Row[]): readonly Row[] {
  const isDevice = ({ type, rdev }: Row): boolean => type.endsWith('-device') && rdev !== '0:0';
  const renamed = JSON.stringify(rows.filter((row) => !isDevice(row))).replaceAll('trusted.overlay.', 'user.overlay.');
  return JSON.parse(renamed) as readonly Row[];
}

describe.each([ofRange])('a user namespace $name', (namespace) => {
  testIn(namespace)("takes dockerd's image, but for its devices", async () => {
    const dumps = ids.map((id) => `"$@" dump ${id}; echo; "$@" dump ${id} --raw; echo`).join('; ');
    const { status, stdout, stderr } = await script(namespace, `"$@" load '${image}' >&2; ${dumps}`);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    for (const device of ['var/blk', 'var/null']) expect(stderr).toContain(`it is left out ("${device}"`);
    const parts = stdout.split('\n\n');
    for (const n of ids.keys()) {
      const [view = '', raw = ''] = parts.slice(2 * n);
      expect(timeless(rowsOf(view)), `view ${n}`).toEqual(inNamespace(expectedView(n)));
      expect(timeless(rowsOf(raw)), `layer ${n}`).toEqual(inNamespace(expectedLayer('overlay2', n)));
    }
  });

  testIn(namespace)('keeps the laws of the drivers', async () => {
    const laws = 'shows what|carries a layer|one story|tells views|keeps layers apart|counts holders|only id';
    const files = ['test/privileged/laws', 'test/privileged/user-namespace/life.test.ts'];
    expect(await passedIn(namespace, ...files, '-t', laws)).toBeGreaterThanOrEqual(9);
  });
});
