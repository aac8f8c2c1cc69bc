import type { Check, Finding } from '../finding.ts'
import { canaryFolder, lineAt, readText, repositoryFiles } from '../source.ts'

type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }

/** What users install with us has a sentence in docs/decisions, and every version is exact. */
export const dependenciesCheck: Check = {
  name: 'dependencies',
  run() {
    const files = repositoryFiles().filter((file) => file.endsWith('package.json'))
    return { count: files.length, of: 'manifests', findings: files.flatMap(judge) }
  },
  canary: () => judge(`${canaryFolder('dependencies')}/package.json`),
}

function judge(file: string): Finding[] {
  const text = readText(file)
  const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Manifest
  const decisions = repositoryFiles()
    .filter((name) => name.startsWith('docs/decisions/'))
    .map(readText)
  const place = (name: string): Omit<Finding, 'message'> => ({ file, line: lineAt(text, text.indexOf(`"${name}":`)) })
  const silent = Object.keys(dependencies).filter(
    (name) => !decisions.some((decision) => decision.includes(`\`${name}\``)),
  )
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+/.test(version),
  )
  return [
    ...silent.map((name) => ({ ...place(name), message: `${name} has no sentence in docs/decisions` })),
    ...loose.map(([name, version]) => ({ ...place(name), message: `${name} ${version} is not an exact version` })),
  ]
}
