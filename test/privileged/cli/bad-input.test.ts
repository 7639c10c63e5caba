import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spool } from '../../../src/cli/spool.ts';
import { whyNoMounts } from '../linux-world.ts';
import { Graphdriver, listing, Scratch } from './binary.ts';
import { forms, tricky } from '../../property/cli/tricky.ts';

// Whatever is wrong with an image or with the disk: one clear line, exit status 1, and the store as before.

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: the command with bad input on this kernel: ${why}`);

const [archive = '', layout = ''] = forms;

describe.skipIf(why !== undefined)('an image that is', () => {
  let scratch: Scratch;
  let graphdriver: Graphdriver;
  let copy: string;

  beforeEach(() => {
    scratch = new Scratch();
    graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')]);
    copy = scratch.path('image');
    cpSync(layout, copy, { recursive: true });
  });

  afterEach(() => {
    scratch.end();
  });

  const blob = (nth: number): string => {
    const folder = join(copy, 'blobs/sha256');
    const bySize = readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => readFileSync(path)[0] === 0x1f)
      .sort((a, b) => statSync(b).size - statSync(a).size);
    return bySize[nth] ?? '';
  };

  function expectRefusal(path: string, text: RegExp): void {
    graphdriver.ok('create', 'bystander');
    const before = listing(scratch.path('root'));
    const { status, stdout, stderr } = graphdriver.run('load', path);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^graphdriver load: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(listing(scratch.path('root'))).toEqual(before);
    expect(scratch.mounts()).toEqual([]);
  }

  test('truncated', () => {
    const cut = scratch.path('cut.tar');
    cpSync(archive, cut);
    truncateSync(cut, 900_000);
    expectRefusal(cut, /cut\.tar: .*truncated/);
  });

  test('damaged in a layer', () => {
    const bytes = readFileSync(blob(1));
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(blob(1), bytes);
    expectRefusal(copy, /image: blobs\/sha256\/[0-9a-f]{64}: .*(digest|damaged)/);
  });

  test('without one of its layers', () => {
    rmSync(blob(2));
    expectRefusal(copy, /layers\[\d\] is missing: there is no blobs\/sha256/);
  });

  test('for another platform', () => {
    graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')]);
    graphdriver.ok('create', 'bystander');
    const { status, stderr } = graphdriver.run('load', copy, '--platform', 'linux/s390x');
    expect(stderr).toMatch(
      /it is made for linux\/amd64, not for linux\/s390x; choose another with --platform OS\/ARCH\n$/,
    );
    expect(status).toBe(1);
  });

  test('not there, no image, or a pipe', () => {
    expectRefusal(scratch.path('nowhere'), /ENOENT: no such file or directory.*nowhere/);
    const { status, stderr } = graphdriver.run('load', join(tricky, '../README.md'));
    expect(stderr).toMatch(/README\.md: it cannot be read as a tar archive/);
    expect(status).toBe(1);
  });

  test('bad leaves no store where there was none', () => {
    rmSync(blob(0));
    expect(graphdriver.run('load', copy).status).toBe(1);
    expect(existsSync(scratch.path('root'))).toBe(false);
  });
});

describe.skipIf(why !== undefined)('a disk that is full', () => {
  test('keeps what it had', () => {
    const small = new Scratch('mode=755,size=600k');
    try {
      const graphdriver = new Graphdriver(['--host', 'linux', '--root', small.path('root')]);
      graphdriver.ok('create', 'bystander');
      const before = listing(small.path('root'));
      const { status, stdout, stderr } = graphdriver.run('load', archive);
      expect(stderr).toMatch(/^graphdriver load: [^\n]*ENOSPC[^\n]*make room[^\n]*\n$/);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(listing(small.path('root'))).toEqual(before);
    } finally {
      small.end();
    }
  });
});

describe.skipIf(why !== undefined)('a directory for temporary files that is full', () => {
  const before = process.env.TMPDIR;
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });

  test('is named', async () => {
    const small = new Scratch('mode=755,size=8k');
    process.env.TMPDIR = small.path('.');
    try {
      const spooled = spool(Readable.from([Buffer.alloc(1 << 16)]), 'an image');
      await expect(spooled).rejects.toThrow(`${small.path('.')} ($TMPDIR): ENOSPC`);
      expect(readdirSync(small.path('.'))).toEqual([]);
    } finally {
      small.end();
    }
  });
});

describe.skipIf(why !== undefined)('a load that is interrupted', () => {
  test('leaves the store as before', async () => {
    const scratch = new Scratch();
    try {
      const graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')]);
      graphdriver.ok('create', 'bystander');
      const before = listing(scratch.path('root'));
      for (const wait of [150, 300, 450, 600]) {
        const child = graphdriver.start('load', archive);
        let stderr = '';
        child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        const ended = new Promise<readonly [number | null, string | null]>((resolve) => {
          child.on('exit', (status, signal) => {
            resolve([status, signal]);
          });
        });
        setTimeout(() => child.kill('SIGINT'), wait);
        const [status, signal] = await ended;
        if (status === 0) break;
        // Before the command listens, the signal ends it at once; then nothing has been done yet.
        if (signal === null) expect(stderr).toMatch(/^graphdriver load: stopped by SIGINT\n$/);
        expect(listing(scratch.path('root'))).toEqual(before);
      }
    } finally {
      scratch.end();
    }
  });

  test('when it is done has been done', async () => {
    const scratch = new Scratch();
    try {
      const graphdriver = new Graphdriver(['--host', 'linux', '--root', scratch.path('root')]);
      for (const wait of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const child = graphdriver.start('load', archive);
        child.stdout?.once('data', () => setTimeout(() => child.kill('SIGINT'), wait));
        const ended = await new Promise((resolve) => {
          child.on('exit', (...end) => {
            resolve(end);
          });
        });
        expect(ended).toEqual([0, null]);
      }
    } finally {
      scratch.end();
    }
  });
});
