import type { Check, Finding } from '../finding.ts'
import { canaryFolder, filesBelow, lineAt, readText, repositoryFiles } from '../source.ts'

/** Every `npm run x`, `npm test` and `npm start` in the documentation exists in the root package.json. */
export const readmeCheck: Check = {
  name: 'readme',
  run() {
    const files = repositoryFiles().filter((file) => file.endsWith('.md'))
    return { count: files.length, of: 'documents', findings: files.flatMap(unknownCommands) }
  },
  canary: () => filesBelow(canaryFolder('readme')).flatMap(unknownCommands),
}

function unknownCommands(file: string): Finding[] {
  const text = readText(file)
  const known = scripts()
  return [...text.matchAll(/\bnpm (?:run (?:-s |--silent )?([\w:-]+)|(test|start)\b)/g)].flatMap((found) => {
    const name = found[1] ?? found[2] ?? ''
    return known.has(name)
      ? []
      : [{ file, line: lineAt(text, found.index), message: `package.json has no script "${name}"` }]
  })
}

function scripts(): Set<string> {
  const manifest = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
  return new Set(Object.keys(manifest.scripts))
}
