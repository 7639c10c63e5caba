import { NO_PARAMETER, type FsContext, type FsParameter } from './fs-context.ts';

/**
 * The types that a parameter's value may have (fs_parser.c).
 * - `flag`: no value; with `negatable`, `noKEY` is its opposite
 * - `string`: not empty but with `canBeEmpty`
 * - `file-or-string`: a string, or a descriptor
 */
export type ParameterSpec<Option extends string> =
  | { readonly name: string; readonly option: Option; readonly type: 'flag'; readonly negatable?: true }
  | {
      readonly name: string;
      readonly option: Option;
      readonly type: 'string' | 'file-or-string';
      readonly canBeEmpty?: true;
    }
  | { readonly name: string; readonly option: Option; readonly type: 'u32'; readonly base: 0 | 8 | 10 }
  | {
      readonly name: string;
      readonly option: Option;
      readonly type: 'enum';
      readonly values: Readonly<Record<string, number>>;
    };

/** A parameter that fitted its specification. */
export interface ParsedParameter<Option extends string> {
  readonly option: Option;
  /** Given as `noKEY`. */
  readonly negated: boolean;
  /** Of u32 and enum. */
  readonly number: number;
}

/** Finds the specification of a parameter and checks its value; NO_PARAMETER, or -EINVAL with a message (fs_parse). */
export function fsParse<Option extends string>(
  context: FsContext,
  specs: readonly ParameterSpec<Option>[],
  parameter: FsParameter,
): ParsedParameter<Option> | number {
  const found = findSpec(specs, parameter);
  if (found === undefined) return NO_PARAMETER;
  const { spec, negated } = found;
  if (spec.type === 'flag') {
    if (parameter.type !== 'flag') return context.invalid(`Unexpected value for '${parameter.key}'`);
    return { option: spec.option, negated, number: 0 };
  }
  const number = checkValue(spec, parameter);
  if (number === undefined) return context.invalid(`Bad value for '${parameter.key}'`);
  return { option: spec.option, negated, number };
}

function findSpec<Option extends string>(
  specs: readonly ParameterSpec<Option>[],
  parameter: FsParameter,
): { readonly spec: ParameterSpec<Option>; readonly negated: boolean } | undefined {
  const wantFlag = parameter.type === 'flag';
  let other: ParameterSpec<Option> | undefined;
  for (const spec of specs) {
    if (spec.name !== parameter.key) continue;
    if ((spec.type === 'flag') === wantFlag) return { spec, negated: false };
    other = spec;
  }
  if (wantFlag && parameter.key.startsWith('no') && parameter.key.length > 2) {
    const positive = parameter.key.slice(2);
    const spec = specs.find(({ name, ...rest }) => name === positive && 'negatable' in rest);
    if (spec !== undefined) return { spec, negated: true };
  }
  return other === undefined ? undefined : { spec: other, negated: false };
}

/** The number of a value, 0 for types without one, `undefined` for a bad value. */
function checkValue<Option extends string>(spec: ParameterSpec<Option>, parameter: FsParameter): number | undefined {
  if (spec.type === 'file-or-string' && parameter.type === 'file') return 0;
  if (parameter.type !== 'string') return undefined;
  switch (spec.type) {
    case 'flag':
      return undefined;
    case 'string':
    case 'file-or-string':
      return parameter.string === '' && spec.canBeEmpty === undefined ? undefined : 0;
    case 'u32':
      return unsigned(parameter.string, spec.base);
    case 'enum':
      return Object.hasOwn(spec.values, parameter.string) ? spec.values[parameter.string] : undefined;
  }
}

const numberPatterns = {
  8: /^\+?(?:0)?([0-7]+)\n?$/,
  10: /^\+?([0-9]+)\n?$/,
} as const;

/** kstrtouint: base 0 takes 0x and a leading 0 as C does. */
function unsigned(text: string, base: 0 | 8 | 10): number | undefined {
  let digits: RegExpExecArray | null;
  let radix: number = base;
  if (base === 0) {
    const hex = /^\+?0[xX]([0-9a-fA-F]+)\n?$/.exec(text);
    const octal = /^\+?0([0-7]+)\n?$/.exec(text);
    digits = hex ?? octal ?? numberPatterns[10].exec(text);
    radix = hex !== null ? 16 : octal !== null ? 8 : 10;
  } else {
    digits = numberPatterns[base].exec(text);
  }
  if (digits?.[1] === undefined) return undefined;
  const number = Number.parseInt(digits[1], radix);
  return number > 0xffffffff ? undefined : number;
}
