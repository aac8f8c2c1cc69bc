import { Visitor, type ArrowFunctionExpression, type Expression, type Function as FunctionNode } from 'oxc-parser'
import { lineAt, type Source } from './source.ts'

export interface FunctionSpan {
  readonly line: number
  /** Lines from the first to the last, both counted. */
  readonly lines: number
  /** Declared, a method or a value with a name; not a callback in the middle of an expression. */
  readonly named: boolean
}

type AnyFunction = ArrowFunctionExpression | FunctionNode

/** Every function with a body, except those that declare tests, which are chapters rather than functions. */
export function functionsOf(source: Source): FunctionSpan[] {
  const found: FunctionSpan[] = []
  const named = new Set<object>()
  const name = (value: object | null | undefined): void => void (value && named.add(value))
  const add = (node: AnyFunction): void => {
    if (node.body === null || isChapter(node)) return
    const line = lineAt(source.text, node.start)
    found.push({ line, lines: lineAt(source.text, node.end) - line + 1, named: named.has(node) })
  }
  new Visitor({
    VariableDeclarator: (node) => name(node.init),
    MethodDefinition: (node) => name(node.value),
    PropertyDefinition: (node) => name(node.value),
    Property: (node) => name(node.value),
    FunctionDeclaration: (node) => (name(node), add(node)),
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(source.parsed.program)
  return found
}

/** A body that declares tests, whether of `describe` or of a contract suite that several test files call. */
function isChapter(node: AnyFunction): boolean {
  if (node.body?.type !== 'BlockStatement') return false
  return node.body.body.some(
    (statement) => statement.type === 'ExpressionStatement' && declaresTests(statement.expression),
  )
}

/** `it(…)`, `describe.each(…)(…)`, `test.skipIf(…)(…)`. */
function declaresTests(node: Expression): boolean {
  if (node.type === 'CallExpression') return declaresTests(node.callee)
  if (node.type === 'MemberExpression') return declaresTests(node.object)
  return node.type === 'Identifier' && ['describe', 'it', 'test'].includes(node.name)
}
