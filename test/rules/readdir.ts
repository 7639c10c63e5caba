import { deepEqual, equal, ok } from 'node:assert/strict';
import { O_DIRECTORY, O_RDONLY, SEEK_SET, type Dirent } from '../../src/host/index.ts';
import type { Bench } from './bench.ts';
import { rule, type Rule } from './rule.ts';

/** readdir. */
export const readdirRules: readonly Rule[] = [
  rule(87, 'Order of a merged directory', (bench) => {
    for (const name of 'ab') bench.file(`l1/d/${name}`);
    for (const name of 'ac') bench.file(`l2/d/${name}`);
    for (const name of 'cdb') bench.file(`u/d/${name}`);
    bench.rw({ lower: 'l1:l2' });
    const fd = bench.host.fs.open(bench.p('m/d'), O_RDONLY | O_DIRECTORY);
    const names = entries(bench, fd, 32768).map(({ name }) => name);
    bench.host.fs.close(fd);
    deepEqual([...names].sort(), ['.', '..', 'a', 'b', 'c', 'd']);
    const shown = names.filter((name) => !name.startsWith('.'));
    deepEqual(shown.slice(0, 2).sort(), ['a', 'c']);
  }),
  rule(88, 'Snapshot per open directory', (bench) => {
    const old = ['f0', 'f1', 'f2', 'f3', 'f4', 'g'];
    for (const name of old.slice(0, 5)) bench.file(`l1/d/${name}`);
    bench.file('u/d/g');
    bench.rw();
    const fd = bench.host.fs.open(bench.p('m/d'), O_RDONLY | O_DIRECTORY);
    const first = entries(bench, fd, 72);
    ok(first.length > 0 && first.length < 8);
    bench.write('m/d/new', '');
    equal(bench.unlink('m/d/g'), 'OK');
    deepEqual(shownNames([...first, ...rest(bench, fd)]), old);
    bench.host.fs.lseek(fd, 0, SEEK_SET);
    deepEqual(shownNames(rest(bench, fd)), ['f0', 'f1', 'f2', 'f3', 'f4', 'new']);
    bench.host.fs.close(fd);
  }),
  rule(89, 'd_ino equals st_ino on one filesystem', (bench) => {
    bench.file('l1/d/f');
    bench.file('u/d/p');
    bench.dirs('l1/d/s', 'u/d/q');
    bench.rw();
    for (const round of ['before', 'after']) {
      for (const { name, ino } of bench.host.fs.readdir(bench.p('m/d'))) {
        equal(ino, bench.ino(`m/d/${name}`), `${name} ${round}`);
      }
      deepEqual([bench.chmod('m/d/f', 0o600), bench.chmod('m/d/s', 0o700)], ['OK', 'OK']);
    }
  }),
  rule(90, 'readdir drops a stale impure mark', (bench) => {
    bench.file('l1/d/f');
    bench.dirs('u/p');
    bench.rw();
    equal(bench.rename('m/d/f', 'm/p/f'), 'OK');
    bench.ls('m/p');
    deepEqual(bench.marks('u/p'), { impure: 'y' });
    equal(bench.unlink('m/p/f'), 'OK');
    deepEqual(bench.markNames('u/p'), ['impure']);
    bench.ls('m/p');
    deepEqual(bench.marks('u/p'), {});
  }),
  rule(91, 'Entries whose lookup fails', (bench) => {
    bench.file('u/f', '');
    bench.setx('u/f', 'trusted.overlay.metacopy', '');
    bench.file('u/g');
    bench.rw({ extra: 'metacopy=on' });
    deepEqual([bench.ls('m'), bench.kind('m/f')], [['f', 'g'], 'EIO']);
    bench.umount();
    bench.setx('u', 'trusted.overlay.impure');
    bench.rw({ extra: 'metacopy=on' });
    deepEqual([bench.ls('m'), bench.kind('m/f')], [['g'], 'EIO']);
  }),
];

function entries(bench: Bench, fd: number, size: number): readonly Dirent[] {
  const answer = bench.host.calls.getdents64(fd, size);
  ok(typeof answer !== 'number');
  return answer;
}

function rest(bench: Bench, fd: number): readonly Dirent[] {
  const found: Dirent[] = [];
  for (let more = entries(bench, fd, 32768); more.length > 0; more = entries(bench, fd, 32768)) found.push(...more);
  return found;
}

function shownNames(found: readonly Dirent[]): string[] {
  return found
    .map(({ name }) => name)
    .filter((name) => name !== '.' && name !== '..')
    .sort();
}
