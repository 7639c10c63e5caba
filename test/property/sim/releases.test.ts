import { describe, expect, it } from 'vitest';
import { errno } from '../../../src/host/errno.ts';
import { pathFromText } from '../../../src/host/path.ts';
import { linux618, linux618UserNamespace, simHost, type SimHost } from '../../../src/sim/index.ts';

type Profile = typeof linux618;

function layers(profile: Profile, release: string): SimHost {
  const host = simHost({ profile: { ...profile, release } });
  for (const name of ['l', 'u', 'w', 'm']) host.fs.mkdir(pathFromText(`/${name}`), 0o755);
  return host;
}

function mount(host: SimHost, extra: string): number {
  const data = `lowerdir=/l,upperdir=/u,workdir=/w${extra}`;
  return host.calls.mount('overlay', '/m', 'overlay', 0, data);
}

describe('overlay of a release', () => {
  it.each([
    ['redirect_dir=on', '4.9.1', '4.10'],
    ['index=off', '4.12.0', '4.13.0'],
    ['nfs_export=on', '4.15.18', '4.16.0'],
    ['xino=off', '4.16.0', '4.17.0'],
    ['metacopy=on', '4.18.0', '4.19.0'],
    ['volatile', '5.9.16', '5.10.0'],
    ['userxattr', '5.10.0', '5.11.0'],
    ['uuid=off', '5.12.0', '5.13.0'],
    ['verity=off', '6.5.0-1-amd64', '6.6.0'],
    ['datadir+=/u', '6.6.0', '6.7.0'],
    ['override_creds', '6.14.0', '6.15.0'],
    ['fsync=strict', '6.17.0', '6.18.0'],
  ])('does not know %s in %s, but in %s', (option, before, since) => {
    const unknown = [before, since].map((release) => {
      const host = layers(linux618, release);
      const answer = mount(host, `,${option}`);
      const line = host.machine.dmesg.some((message) => message.includes('Unknown parameter'));
      return answer === -errno.EINVAL && line;
    });
    expect(unknown).toEqual([true, false]);
  });

  it('has one inode for all whiteouts since 5.8', () => {
    const links = ['5.7.0', '5.8.0'].map((release) => {
      const host = layers(linux618, release);
      for (const name of ['a', 'b']) host.fs.mkdir(pathFromText(`/l/${name}`), 0o755);
      mount(host, '');
      for (const name of ['a', 'b']) host.fs.rmdir(pathFromText(`/m/${name}`));
      return host.fs.lstat(pathFromText('/u/a')).nlink;
    });
    expect(links).toEqual([1, 3]);
  });

  it('is for root of a user namespace since 5.11', () => {
    const answers = ['5.10.0', '5.11.0'].map((release) => mount(layers(linux618UserNamespace, release), ''));
    expect(answers).toEqual([-errno.EPERM, 0]);
  });
});
