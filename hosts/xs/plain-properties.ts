import { type AnyNode, type Class, type PrivateIdentifier, parse } from 'acorn';

/** The private names that are declared around a place of the source, the innermost class first. */
interface Scope {
  readonly names: ReadonlySet<string>;
  readonly prefix: string;
  readonly outer: Scope | undefined;
}

/** Text to be put in place of a name's `#`. */
interface Edit {
  readonly at: number;
  readonly prefix: string;
}

/** What every name of a private property begins with, and no other. */
const MARK = '$';

/**
 * Makes plain properties of private ones: `#name` becomes `$name`. XS takes a slot of ROM for each private name that a
 * function uses, and a slower way to it; a tenth of the firmware, in all. What the source hides is hidden by the compiler
 * that checks it. In a class that extends another it becomes `$Class_name`, so that no two classes of an object share one.
 * No line moves.
 * @param source an ES module in JavaScript
 * @throws SyntaxError when it is none
 * @throws Error where a plain property would not do: `#name in object`, a nameless class that extends another, or a name
 * of the source's own that begins with `$`
 */
export function plainProperties(source: string): string {
  const edits: Edit[] = [];
  visit(parse(source, { ecmaVersion: 2022, sourceType: 'module' }), undefined, edits);
  edits.sort((a, b) => a.at - b.at);
  let result = '';
  let done = 0;
  for (const { at, prefix } of edits) {
    result += source.slice(done, at) + prefix;
    done = at + 1;
  }
  return result + source.slice(done);
}

function visit(node: AnyNode, scope: Scope | undefined, edits: Edit[]): void {
  if (node.type === 'PrivateIdentifier') edits.push({ at: node.start, prefix: prefixOf(node, scope) });
  if (node.type === 'Identifier' && node.name.startsWith(MARK))
    throw new Error(`${node.name}: expected a name that does not begin with ${MARK}`);
  if (node.type === 'BinaryExpression' && node.left.type === 'PrivateIdentifier')
    throw new Error(`#${node.left.name} in: expected no test for a private name`);
  const isClass = node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
  const inner = isClass ? scopeOf(node, scope) : scope;
  for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, inner, edits);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function scopeOf({ id, superClass, body }: Class, outer: Scope | undefined): Scope {
  const keys = body.body.map(element => ('key' in element ? element.key : undefined));
  const names = new Set(keys.filter(key => key?.type === 'PrivateIdentifier').map(({ name }) => name));
  if (superClass && !id && names.size > 0)
    throw new Error(`#${[...names][0]}: expected a name for the class, since it extends another`);
  return { names, prefix: superClass && id ? `${MARK}${id.name}_` : MARK, outer };
}

/** Of the innermost class that declares it; that there is one, the parser has seen. */
function prefixOf({ name }: PrivateIdentifier, scope: Scope | undefined): string {
  let at = scope;
  while (at !== undefined && !at.names.has(name)) at = at.outer;
  return at?.prefix ?? MARK;
}
