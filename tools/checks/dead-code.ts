import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { runTool } from '../program.ts'
import { canaryFolder, codeFiles, root } from '../source.ts'

interface Issue {
  name: string
  line?: number
}

type Report = { issues: ({ file: string } & Record<string, Issue[]>)[] }

/** knip: files, exports and dependencies that nothing uses, and packages used without being declared. */
export const deadCodeCheck: Check = {
  name: 'dead-code',
  run: () => ({ count: codeFiles('packages', 'tools', 'bench', 'tours').length, of: 'files', findings: unused('.') }),
  canary: () => unused(canaryFolder('dead-code')),
}

function unused(folder: string): Finding[] {
  const { status, stdout, stderr } = runTool('knip', ['--reporter', 'json', '--no-progress'], path.join(root, folder))
  if (status > 1) throw new Error(`knip failed: ${(stderr || stdout).slice(0, 400)}`)
  const report = JSON.parse(stdout) as Report
  return report.issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, issues]) =>
      issues.map(({ name, line }) => ({
        file: path.join(folder, file),
        line: line ?? 1,
        message: describe(kind, name),
      })),
    ),
  )
}

const meanings: Readonly<Record<string, string>> = {
  files: 'a file that nothing imports',
  exports: 'an export that nothing imports',
  types: 'a type that nothing imports',
  dependencies: 'a dependency that nothing imports',
  devDependencies: 'a development dependency that nothing imports',
  unlisted: 'imported, but not in package.json',
  unresolved: 'cannot be found',
}

function describe(kind: string, name: string): string {
  const meaning = meanings[kind] ?? kind
  return kind === 'files' ? meaning : `${name}: ${meaning}`
}
