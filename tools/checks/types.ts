import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { runTool } from '../program.ts'
import { canaryFolder, root } from '../source.ts'

export const typesCheck: Check = {
  name: 'types',
  run: () => typeCheck('tsconfig.json'),
  canary: () => typeCheck(`${canaryFolder('types')}/tsconfig.json`).findings,
}

/** The compiler's own listing says which files it read; TypeScript 7 has no API that could. */
function typeCheck(project: string): { count: number; of: string; findings: Finding[] } {
  const { status, stdout } = runTool('tsc', ['-p', project, '--pretty', 'false', '--listFiles'])
  const lines = stdout.split('\n')
  const findings = lines.flatMap((line) => {
    const [, file, at, message] = /^(\S.*?)\((\d+),\d+\): error (.*)$/.exec(line) ?? []
    return file === undefined ? [] : [{ file, line: Number(at), message: message ?? '' }]
  })
  if (status !== 0 && findings.length === 0) throw new Error(`tsc failed: ${stdout.slice(0, 400)}`)
  const read = lines.filter((line) => line.startsWith(root + path.sep) && !line.includes('/node_modules/'))
  return { count: read.length, of: 'files, strict', findings }
}
