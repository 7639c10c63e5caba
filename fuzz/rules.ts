import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** A function of the simulator beside which rules of overlayfs-semantics.md are named. */
export interface RuleSite {
  /** Relative to src. */
  readonly file: string;
  readonly name: string;
  readonly rules: readonly string[];
}

/** All functions below a folder of src whose text or comment names rules. */
export function ruleSites(src: string, folder: string): readonly RuleSite[] {
  const names = readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => sitesOf(relative(src, join(src, folder, name)), readFileSync(join(src, folder, name), 'utf8')));
}

/** The same of one file's text. A rule that a function inside another one names belongs to the inner one. */
export function sitesOf(file: string, text: string): readonly RuleSite[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: RuleSite[] = [];
  const visit = (node: ts.Node): readonly string[] => {
    const inner: string[] = [];
    ts.forEachChild(node, (child) => {
      inner.push(...visit(child));
    });
    const name = functionName(node);
    if (name === undefined) return inner;
    const rules = rulesIn(node.getFullText(source)).filter((rule) => !inner.includes(rule));
    if (rules.length > 0) found.push({ file, name, rules });
    return [...inner, ...rules];
  };
  visit(source);
  return found;
}

function functionName(node: ts.Node): string | undefined {
  if (ts.isConstructorDeclaration(node)) return undefined;
  return ts.isFunctionLike(node) && 'body' in node && node.name !== undefined ? node.name.getText() : undefined;
}

function rulesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bR[1-9]\d{0,2}\b/g) ?? [])];
}
