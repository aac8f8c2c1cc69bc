import path from 'node:path'
import { Visitor, type Argument, type Expression } from 'oxc-parser'
import { lineAt, type Source } from './source.ts'

/**
 * `static`: import and export … from, `import type` included. `type`: `import('…').T`. `late`: `import('…')`.
 * `file`: a module named by `new URL('./x.ts', import.meta.url)`, as workers are, also when its extension is that of the file
 * itself. `unknown`: an import of a computed name.
 */
export interface Import {
  readonly kind: 'static' | 'type' | 'late' | 'file' | 'unknown'
  readonly specifier: string
  readonly line: number
  readonly start: number
  readonly end: number
}

/** Every way in which a source file names another module. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = []
  const add = (kind: Import['kind'], named: Expression | null | undefined): void => {
    if (named === null || named === undefined) return
    const { start, end } = named
    const literal = literalText(named) ?? withOwnExtension(named, source.file)
    const line = lineAt(source.text, start)
    found.push({ kind: literal === undefined ? 'unknown' : kind, specifier: literal ?? '', line, start, end })
  }
  new Visitor({
    ImportDeclaration: (node) => add('static', node.source),
    ExportNamedDeclaration: (node) => add('static', node.source),
    ExportAllDeclaration: (node) => add('static', node.source),
    TSImportType: (node) => add('type', node.source),
    ImportExpression: (node) => add('late', node.source),
    CallExpression: (node) => {
      if (isNamed(node.callee, 'require') || isMeta(node.callee, 'resolve')) add('late', expression(node.arguments[0]))
    },
    NewExpression: (node) => {
      const [first, second] = node.arguments
      if (isNamed(node.callee, 'URL') && isMeta(second, 'url') && isModuleName(first, source.file))
        add('file', expression(first))
    },
  }).visit(source.parsed.program)
  return found
}

function expression(argument: Argument | undefined): Expression | undefined {
  return argument === undefined || argument.type === 'SpreadElement' ? undefined : argument
}

function literalText(node: Expression): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

function isNamed(node: Expression, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}

/** `import.meta.<name>` */
function isMeta(node: Argument | undefined, name: string): boolean {
  if (node?.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return false
  return node.object.type === 'MetaProperty' && node.property.name === name
}

/** `./thread${extname(import.meta.url)}`: the way to name a file that is `.ts` in the source and `.js` when built. */
function withOwnExtension(node: Expression, file: string): string | undefined {
  if (node.type !== 'TemplateLiteral' || node.expressions.length !== 1) return undefined
  const [extension] = node.expressions
  const [start, end] = node.quasis.map((quasi) => quasi.value.cooked)
  if (extension?.type !== 'CallExpression' || !isNamed(extension.callee, 'extname') || end !== '') return undefined
  return isMeta(extension.arguments[0], 'url') ? `${start}${path.extname(file)}` : undefined
}

function isModuleName(argument: Argument | undefined, file: string): boolean {
  const named = expression(argument)
  if (named === undefined) return false
  const text = literalText(named) ?? withOwnExtension(named, file)
  return text === undefined || /\.[mc]?[jt]s$/.test(text)
}
