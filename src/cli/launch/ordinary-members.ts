/** A part of a program as parsers have it (ESTree). */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/**
 * Makes private members of a module's classes ordinary ones, under names that no other class has: tsc has made sure that they
 * are private. V8 calls its runtime for each new object of a class with private methods, and defines and finds private fields
 * by slower ways than others. A field that the constructor sets is set there alone, as tsc has it with public ones. Throws for
 * `#name in object`, which would be answered otherwise.
 *
 * @param ending what names end with, and those of no other module
 * @param parse makes an ESTree of a text
 */
export function withOrdinaryMembers(code: string, ending: string, parse: (code: string) => unknown): string {
  const renaming = new Renaming(code, ending);
  renaming.visit(parse(code), new Map());
  return renaming.result();
}

/** The new names of the private members that can be seen at some place. */
type Names = ReadonlyMap<string, string>;

class Renaming {
  readonly #code: string;
  readonly #ending: string;
  readonly #edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  #classes = 0;

  constructor(code: string, ending: string) {
    this.#code = code;
    this.#ending = ending;
  }

  visit(value: unknown, names: Names): void {
    if (Array.isArray(value)) for (const each of value) this.visit(each, names);
    if (!isNode(value)) return;
    if (value.type === 'ClassBody') this.#visitClass(membersOf(value), names);
    else if (value.type === 'PrivateIdentifier') this.#edit(value, names.get(nameOf(value)) ?? nameOf(value));
    else if (value.type === 'BinaryExpression' && isPrivate(value.left))
      throw new Error(`${this.#ending}: #name in object`);
    else for (const part of Object.values(value)) this.visit(part, names);
  }

  #visitClass(members: readonly Node[], outer: Names): void {
    this.#classes += 1;
    const names = new Map(outer);
    for (const { key } of members) {
      if (isPrivate(key)) names.set(nameOf(key), `${nameOf(key)}$${this.#ending}${this.#classes}`);
    }
    const maker = members.find(({ kind }) => kind === 'constructor');
    const made = maker === undefined ? '' : this.#code.slice(maker.start, maker.end);
    for (const member of members) {
      if (isPrivate(member.key) && isBareField(member) && made.includes(`this.#${nameOf(member.key)} = `))
        this.#edit(member, '');
      else this.visit(member, names);
    }
  }

  #edit({ start, end }: Node, text: string): void {
    this.#edits.push({ start, end, text });
  }

  result(): string {
    let result = '';
    let at = 0;
    for (const { start, end, text } of this.#edits.toSorted((one, other) => one.start - other.start)) {
      result += this.#code.slice(at, start) + text;
      at = end;
    }
    return result + this.#code.slice(at);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function isPrivate(value: unknown): value is Node {
  return isNode(value) && value.type === 'PrivateIdentifier';
}

function nameOf({ name }: Node): string {
  return String(name);
}

function membersOf({ body }: Node): readonly Node[] {
  return Array.isArray(body) ? body.filter(isNode) : [];
}

/** A field of objects without a value of its own. */
function isBareField({ type, value, static: ofClass }: Node): boolean {
  return type === 'PropertyDefinition' && value === null && ofClass !== true;
}
