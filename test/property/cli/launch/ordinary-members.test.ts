import { parseAst } from 'rolldown/parseAst';
import { describe, expect, test } from 'vitest';
import { withOrdinaryMembers } from '../../../../src/cli/launch/ordinary-members.ts';

function changed(code: string): string {
  return withOrdinaryMembers(code, 'm', (text) => parseAst(text));
}

/** What an expression that follows some declarations comes to. */
function valueOf(code: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function(code)();
}

const related = `
  class Base { #x = 1; static #made = 0; constructor() { Base.#made += 1; } get base() { return this.#x + Base.#made; } }
  class Derived extends Base {
    #x; #unset; async = '#x';
    constructor() { super(); this.#x = 20; }
    #sum(other) { return this.#x + other.#x; }
    get #both() { return [this.base, this.#sum(this), this.#unset, this.async, \`\${this.#x}#x\`]; }
    inner() { const outer = this; return new (class { #y = 5; #x = 6; all() { return [this.#y, this.#x, outer.#unset]; } })().all(); }
    all() { return [...this.#both, ...this.inner()]; }
  }`;

describe('private members as ordinary ones', () => {
  test('classes do what they did, also where a class and its base have the same names', () => {
    const program = `${related}\n`;
    const asked = 'return JSON.stringify(new Derived().all())';
    expect(changed(program)).not.toMatch(/[.\s]#[a-z]/);
    expect(valueOf(changed(program) + asked)).toBe(valueOf(program + asked));
  });

  test('a field that the constructor sets is not declared besides, others are', () => {
    expect(changed('class A { #a; #b; constructor() { this.#a = 1; } }')).toBe(
      'class A {  b$m1; constructor() { this.a$m1 = 1; } }',
    );
  });

  test('to ask whether an object has a private member is refused', () => {
    expect(() => changed('class A { #a; static is(value) { return #a in value; } }')).toThrow('#name in object');
  });
});
