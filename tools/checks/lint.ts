import type { Check, Outcome } from '../finding.ts'
import { runTool } from '../program.ts'
import { canaryFolder, isCode, repositoryFiles } from '../source.ts'

interface Report {
  diagnostics: { message: string; code?: string; filename: string; labels: { span: { line: number } }[] }[]
  number_of_files: number
  number_of_rules: number
}

/** Type-aware oxlint: floating promises, import cycles of types as well, `any`, forbidden imports. See .oxlintrc.json. */
export const lintCheck: Check = {
  name: 'lint',
  run: () => lint(repositoryFiles().filter(isCode)),
  canary: () => lint([canaryFolder('lint')]).findings,
}

function lint(paths: readonly string[]): Outcome {
  const { stdout, stderr } = runTool('oxlint', ['--type-aware', '--format', 'json', ...paths])
  if (!stdout.trimStart().startsWith('{')) throw new Error(`oxlint failed: ${(stderr || stdout).slice(0, 400)}`)
  const report = JSON.parse(stdout) as Report
  const findings = report.diagnostics.map(({ filename, labels, code, message }) => ({
    file: filename,
    line: labels[0]?.span.line ?? 1,
    message: `${message} ${code ?? ''}`.trim(),
  }))
  return { count: report.number_of_files, of: `files, ${report.number_of_rules} rules`, findings }
}
