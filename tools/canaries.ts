import { place, type Check, type Finding } from './finding.ts'
import { canaryFolder, filesBelow, lineAt, readText } from './source.ts'

/**
 * What a check's canaries show: the marked places it did not report (it is blind there) and the unmarked places it did
 * (it cries wolf). Both are empty for a check that works. A canary folder without marks counts as blind.
 */
export async function blindSpots(check: Check): Promise<{ missed: string[]; wrong: string[] }> {
  const marked = markedPlaces(canaryFolder(check.name))
  if (marked.length === 0) return { missed: [`a canary for ${check.name}`], wrong: [] }
  const findings: readonly Finding[] = await check.canary()
  const reported = new Set(findings.map(place))
  return {
    missed: marked.filter((at) => !reported.has(at)),
    wrong: [...reported].filter((at) => !marked.includes(at)),
  }
}

/** Lines that say `bad` in a comment: `// bad` in code, `<!-- bad -->` in Markdown, `# bad` elsewhere. */
function markedPlaces(folder: string): string[] {
  return filesBelow(folder).flatMap((file) => {
    const text = readText(file)
    return [...text.matchAll(/(\/\/|<!--|#) bad\b/g)].map((mark) => `${file}:${lineAt(text, mark.index)}`)
  })
}
