import { base, dir, file, mark, onlyNew, refused, rule, whole, type RuleCase } from './rule.ts';

/** Directories that no member describes. */
export const directories: readonly RuleCase[] = [
  rule(
    'B0',
    'the root keeps what the base gave it',
    [[dir('.', { mode: '0700', uid: 3 }), file('a')], [file('b')]],
    ['. 700 3:0', 'a (3)', 'b (3)'],
  ),
  rule(
    'B0',
    'a slash is the root',
    [[dir(''), file('a')], [{ type: 'dir', name: '/', mode: '0700' }]],
    ['. 700', 'a (3)'],
  ),
  rule('B0b', 'the root by a detour', [base, [dir('d/..')]], refused),
  rule(
    'B1',
    'an unmentioned directory is not changed',
    [base, [file('d/s/n')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/n (3)', 'd/s/x (1)', 'top (1)'],
  ),
  rule(
    'B1',
    'nor is one of two layers below',
    [base, [file('d/s/n')], [mark('d/s/.wh.x')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/n (3)', 'top (1)'],
  ),
  rule('B2', 'a new one is 0755 and of root', [[file('p/q/n')]], ['p/', 'p/q/', 'p/q/n (3)']),
  rule('B5', 'a whiteout where no directory is', [base, [mark('none/.wh.x')]], whole),
  rule('B5', 'a marker where no directory is', [base, [mark('none/.wh..wh..opq')]], whole),
  rule('B5', 'a whiteout of nothing', [base, [mark('d/.wh.none')]], whole),
  rule(
    'B6',
    'a whiteout in an opaque directory',
    [base, [mark('d/.wh..wh..opq'), mark('d/.wh.a')]],
    ['d/ 750 7:8', 'top (1)'],
  ),
  rule('B6', 'the same, marker last', [base, [mark('d/.wh.a'), mark('d/.wh..wh..opq')]], ['d/ 750 7:8', 'top (1)']),
  rule(
    'B6',
    'deeper in an opaque directory',
    [base, [dir('d/s'), mark('d/s/.wh.x'), mark('d/.wh..wh..opq')]],
    ['d/ 750 7:8', 'd/s/', 'top (1)'],
  ),
  rule('B6', 'a whiteout in a base layer', [[dir('d'), mark('d/.wh.a')]], ['d/']),
  rule('B6', 'an opaque mark in a base layer', [[dir('d'), file('d/a'), mark('d/.wh..wh..opq')]], ['d/', 'd/a (3)']),
  rule('B8', 'whiteout, then a child', [base, [mark('.wh.d'), file('d/n')]], onlyNew),
  rule(
    'B8',
    'whiteout, then a grandchild',
    [base, [mark('.wh.d'), file('d/s/n')]],
    ['d/', 'd/s/', 'd/s/n (3)', 'top (1)'],
  ),
  rule('B9', 'whiteout of a parent, then of its child', [base, [mark('.wh.d'), mark('d/.wh.a')]], ['top (1)']),
  rule('B9', 'whiteout of a child, then of its parent', [base, [mark('d/.wh.a'), mark('.wh.d')]], ['top (1)']),
  rule('B9', 'and a layer later', [base, [mark('.wh.d')], [file('d/n')]], onlyNew),
];
