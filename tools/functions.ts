import { Visitor, type ArrowFunctionExpression, type CallExpression, type Function as FunctionNode } from 'oxc-parser'
import { lineAt, type Source } from './source.ts'

export interface FunctionSpan {
  readonly line: number
  /** Lines from the first to the last, both counted. */
  readonly lines: number
  /** Declared, a method or a value with a name; not a callback in the middle of an expression. */
  readonly named: boolean
}

type AnyFunction = ArrowFunctionExpression | FunctionNode

/** Every function with a body, except the bodies of `describe`, which are chapters rather than functions. */
export function functionsOf(source: Source): FunctionSpan[] {
  const found: FunctionSpan[] = []
  const named = new Set<object>()
  const chapters = new Set<object>()
  const name = (value: object | null | undefined): void => void (value && named.add(value))
  const add = (node: AnyFunction): void => {
    if (node.body === null || chapters.has(node)) return
    const line = lineAt(source.text, node.start)
    found.push({ line, lines: lineAt(source.text, node.end) - line + 1, named: named.has(node) })
  }
  new Visitor({
    VariableDeclarator: (node) => name(node.init),
    MethodDefinition: (node) => name(node.value),
    PropertyDefinition: (node) => name(node.value),
    Property: (node) => name(node.value),
    FunctionDeclaration: (node) => (name(node), add(node)),
    CallExpression: (node) => isDescribe(node) && node.arguments.forEach((argument) => chapters.add(argument)),
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(source.parsed.program)
  return found
}

/** `describe(…)`, `describe.each(…)(…)`, `describe.skipIf(…)(…)`. */
function isDescribe(node: CallExpression): boolean {
  const { callee } = node
  if (callee.type === 'CallExpression') return isDescribe(callee)
  if (callee.type === 'MemberExpression')
    return callee.object.type === 'Identifier' && callee.object.name === 'describe'
  return callee.type === 'Identifier' && callee.name === 'describe'
}
