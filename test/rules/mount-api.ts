import { deepEqual, equal, ok } from 'node:assert/strict';
import { AT_FDCWD, FSCONFIG_CMD_RECONFIGURE, O_DIRECTORY, O_PATH } from '../../src/host/index.ts';
import type { Bench, Setting } from './bench.ts';
import { rule, type Rule } from './rule.ts';

/** New mount API (fsopen/fsconfig). */
export const mountApiRules: readonly Rule[] = [
  rule(66, 'lowerdir+ and datadir+', (bench) => {
    for (const file of ['l1/a', 'l2/b', 'l3/c']) bench.file(file);
    const layers = [layer(bench, 'lowerdir+', 'l1'), layer(bench, 'lowerdir+', 'l2'), layer(bench, 'datadir+', 'l3')];
    equal(bench.fsmount(...layers, ...upper(bench)).answer, 'OK');
    deepEqual(bench.ls('m'), ['a', 'b']);
    const shown = `lowerdir+=${bench.p('l1')},lowerdir+=${bench.p('l2')},datadir+=${bench.p('l3')},`;
    ok(bench.superOptions().includes(shown));
  }),
  rule(67, 'lowerdir+/datadir+ in a mount(2) string', (bench) => {
    const lower = `lowerdir+=${bench.p('l1')},lowerdir+=${bench.p('l2')},datadir+=${bench.p('l3')}`;
    for (const file of ['l1/a', 'l2/b', 'l3/c']) bench.file(file);
    equal(bench.mount({ raw: `${lower},upperdir=${bench.p('u')},workdir=${bench.p('w')}` }), 'OK');
    deepEqual(bench.ls('m'), ['a', 'b']);
  }),
  rule(68, 'Mixing lowerdir and lowerdir+', (bench) => {
    const [whole, added] = [layer(bench, 'lowerdir', 'l1'), layer(bench, 'lowerdir+', 'l2')];
    const { answer, messages } = bench.fsmount(whole, added, ...upper(bench));
    equal(answer, 'lowerdir+:EINVAL');
    ok(messages[0]?.includes('cannot follow lowerdir') === true);
    equal(bench.fsmount(layer(bench, 'lowerdir+', 'l1'), layer(bench, 'lowerdir', 'l2'), ...upper(bench)).answer, 'OK');
    ok(bench.superOptions().includes(`lowerdir=${bench.p('l2')},`));
    bench.umount();
    equal(bench.fsmount(whole, ['lowerdir', ''], added, ...upper(bench)).answer, 'OK');
  }),
  rule(69, 'Order and presence of data layers', (bench) => {
    const data = layer(bench, 'datadir+', 'l1');
    equal(bench.fsmount(data, layer(bench, 'lowerdir+', 'l2'), ...upper(bench)).answer, 'lowerdir+:EINVAL');
    equal(bench.fsmount(data, ...upper(bench)).answer, 'create:EINVAL');
    bench.logged('at least one non-data lowerdir is required');
  }),
  rule(70, 'No escapes in lowerdir+', (bench) => {
    bench.dirs('a:b', 'a\\b');
    for (const [name, answer] of [
      ['a:b', 'OK'],
      ['a\\b', 'OK'],
      ['a\\:b', 'lowerdir+:ENOENT'],
    ] as const) {
      equal(bench.fsmount(layer(bench, 'lowerdir+', name), ...upper(bench)).answer, answer);
      if (answer === 'OK') bench.umount();
    }
    const escaped = layer(bench, 'upperdir', 'a\\:b');
    equal(bench.fsmount(layer(bench, 'lowerdir+', 'l1'), escaped, layer(bench, 'workdir', 'w')).answer, 'OK');
  }),
  rule(71, 'fsconfig string length', (bench) => {
    for (const [length, answer] of [
      [255, 'OK'],
      [256, 'lowerdir+:EINVAL'],
      [5000, 'lowerdir+:EINVAL'],
    ] as const) {
      const value = bench.p('l1').padEnd(length, '/');
      equal(bench.fsmount(['lowerdir+', value], ...upper(bench)).answer, answer, String(length));
      if (answer === 'OK') bench.umount();
    }
    equal(bench.fsmount(['lowerdir', bench.p('l1') + '/'.repeat(300)], ...upper(bench)).answer, 'lowerdir:EINVAL');
  }),
  rule(72, 'Where errors show up', (bench) => {
    bench.file('f');
    const good = layer(bench, 'lowerdir+', 'l1');
    equal(bench.fsmount(layer(bench, 'lowerdir+', 'nope')).answer, 'lowerdir+:ENOENT');
    equal(bench.fsmount(layer(bench, 'lowerdir+', 'f')).answer, 'lowerdir+:EINVAL');
    equal(bench.fsmount(['lowerdir+', '']).answer, 'lowerdir+:EINVAL');
    equal(bench.fsmount(good, good, ...upper(bench)).answer, 'create:ELOOP');
    equal(bench.fsmount(good, layer(bench, 'upperdir', 'u')).answer, 'create:EINVAL');
    equal(bench.fsmount(['bogus', '1']).answer, 'bogus:EINVAL');
    equal(bench.fsmount(['index', 'x']).answer, 'index:EINVAL');
    const many = Array.from({ length: 501 }, (_, number) => `x/${number}`);
    bench.dirs(...many);
    const { answer, messages } = bench.fsmount(...many.map((path) => layer(bench, 'lowerdir+', path)));
    equal(answer, 'lowerdir+:EINVAL');
    ok(messages[0]?.includes('limit is 500') === true);
  }),
  rule(73, 'Layers by file descriptor', (bench) => {
    const descriptor = (path: string): number => bench.host.fs.open(bench.p(path), O_PATH | O_DIRECTORY);
    const [l1, l2, u, w] = [descriptor('l1'), descriptor('l2'), descriptor('u'), descriptor('w')];
    equal(bench.fsmount(['lowerdir+', l1], ['datadir+', l2], ['upperdir', u], ['workdir', w]).answer, 'OK');
    ok(bench.superOptions().includes(`lowerdir+=${bench.p('l1')},datadir+=${bench.p('l2')},upperdir=${bench.p('u')}`));
    bench.umount();
    equal(bench.fsmount(['lowerdir', l1], ...upper(bench)).answer, 'lowerdir:EINVAL');
    for (const fd of [l1, l2, u, w]) bench.host.calls.close(fd);
  }),
  rule(74, 'Reconfigure', (bench) => {
    bench.rw();
    const { calls } = bench.host;
    const context = calls.fspick(AT_FDCWD, bench.p('m'), 0);
    for (const setting of [
      ['redirect_dir', 'on'],
      ['lowerdir', '/tmp'],
      ['bogus', '1'],
    ] as const) {
      equal(bench.answer(bench.set(context, setting)), 'EINVAL');
      ok(calls.fsmessages(context)[0]?.includes('No changes allowed in reconfigure') === true);
    }
    equal(bench.answer(bench.set(context, 'ro')), 'OK');
    equal(bench.answer(calls.fsconfig(context, FSCONFIG_CMD_RECONFIGURE, undefined, undefined, 0)), 'OK');
    equal(bench.shown()[0], 'ro');
    calls.close(context);
  }),
];

function layer(bench: Bench, key: string, path: string): Setting {
  return [key, bench.p(path)];
}

function upper(bench: Bench): readonly Setting[] {
  return [layer(bench, 'upperdir', 'u'), layer(bench, 'workdir', 'w')];
}
