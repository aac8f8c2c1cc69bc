import { Visitor, type Span } from 'oxc-parser'
import type { Check, Finding } from '../finding.ts'
import { canaryFolder, codeFiles, filesBelow, lineAt, readSource, type Source } from '../source.ts'

const maker = 'packages/chancery/src/signing/clear.ts'

/** Only signing/clear.ts makes a cleared payload: no other file casts to `Cleared` or asserts that something is one. */
export const clearedCheck: Check = {
  name: 'cleared',
  run() {
    const files = codeFiles('packages/chancery/src').filter((file) => file !== maker)
    return {
      count: files.length,
      of: 'files beside signing/clear.ts',
      findings: files.flatMap((file) => casts(readSource(file))),
    }
  },
  canary: () => filesBelow(canaryFolder('cleared')).flatMap((file) => casts(readSource(file))),
}

function casts({ file, text, parsed }: Source): Finding[] {
  const findings: Finding[] = []
  const judge = (node: Span, type: Span | null | undefined): void => {
    if (!type || !/\bCleared\b/.test(text.slice(type.start, type.end))) return
    findings.push({ file, line: lineAt(text, node.start), message: 'makes a Cleared; only signing/clear.ts may' })
  }
  new Visitor({
    TSAsExpression: (node) => judge(node, node.typeAnnotation),
    TSTypeAssertion: (node) => judge(node, node.typeAnnotation),
    TSTypePredicate: (node) => judge(node, node.typeAnnotation),
  }).visit(parsed.program)
  return findings
}
