import { base, dir, file, hardlink, refused, rule, whole, type RuleCase } from './rule.ts';

/** An ACL that lets user 1000 write. */
const acl = '0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff';

/** Lets a program send raw packets. */
const netRaw = '0100000200200000000000000000000000000000';

/** Owners, times, devices and attributes. */
export const metadata: readonly RuleCase[] = [
  rule(
    'D1',
    'the last link entry tells for all names',
    [[file('a', 'A', { mode: '0600' }), hardlink('b', 'a', { mode: '0640', uid: 5 })]],
    ['a (1) 640 5:0 = b', 'b (1) 640 5:0 = a'],
  ),
  rule(
    'D1',
    'a link entry that says nothing of the capabilities',
    [[file('a', 'A', { xattrs: { 'security.capability': netRaw } }), hardlink('b', 'a')], [hardlink('c', 'a')]],
    ['a (1) = b c security.capability', 'b (1) = a c security.capability', 'c (1) = a b security.capability'],
  ),
  rule('D2', 'a time after the last', [[file('a', 'A', { pax: { mtime: '9223372036854775807' } })]], ['a (1)']),
  rule('D2', 'a time before the first', [[file('a', 'A', { pax: { mtime: '-9223372036854775808' } })]], ['a (1)']),
  rule('D3', 'an id that means "leave it" to chown', [base, [file('n', 'new', { uid: 2 ** 32 - 1 })]], refused),
  rule('D3', 'a negative id', [base, [file('n', 'new', { gid: -5 })]], refused),
  rule(
    'D7',
    'a default ACL that is none, with its member',
    [[dir('d', { xattrs: { 'system.posix_acl_default': '0200000099990000ffffffff' } }), file('d/a')]],
    { refused: 0 },
  ),
  rule(
    'D7',
    'a default ACL below, and the directory described anew without it',
    [[dir('d', { xattrs: { 'system.posix_acl_default': acl } })], [dir('d', { mode: '0700' }), file('d/a')]],
    ['d/ 700', 'd/a (3)'],
  ),
  rule('D9', 'capabilities of no bytes', [[file('a', '', { xattrs: { 'security.capability': '' } })]], { refused: 0 }),
  rule('D4', 'a device that does not exist', [base, [{ type: 'char', name: 'c', devmajor: 4096 }]], refused),
  rule('D4', 'a negative device', [base, [{ type: 'block', name: 'c', devminor: -1 }]], refused),
  rule('A7', 'a device 0:0', [base, [{ type: 'char', name: 'd/a', mode: '0600' }]], {
    overlay: refused,
    tree: ['d/ 750 7:8', 'd/a 600', ...whole.slice(2)],
  }),
];
