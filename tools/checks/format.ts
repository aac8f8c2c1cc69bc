import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { runTool } from '../program.ts'
import { canaryFolder, filesBelow, isCode, readText, repositoryFiles, root } from '../source.ts'

export const formatCheck: Check = {
  name: 'format',
  run() {
    const files = repositoryFiles().filter((file) => isCode(file) || file.endsWith('.json'))
    return { count: files.length, of: 'files', findings: unformatted(files, root) }
  },
  /** Copied out of the repository first: where it lies, the formatter's own ignore list hides it. */
  canary() {
    const folder = mkdtempSync(path.join(tmpdir(), 'chancery-format-'))
    try {
      return filesBelow(canaryFolder('format')).flatMap((file) => {
        writeFileSync(path.join(folder, path.basename(file)), readText(file))
        return unformatted([path.basename(file)], folder).map((finding) => ({ ...finding, file }))
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

function unformatted(files: readonly string[], folder: string): Finding[] {
  const config = path.join(root, '.oxfmtrc.json')
  const { status, stdout, stderr } = runTool('oxfmt', ['--list-different', '-c', config, ...files], folder)
  if (status > 1) throw new Error(`oxfmt failed: ${stderr.slice(0, 400)}`)
  const names = stdout.split('\n').filter((name) => files.includes(name))
  if (status === 1 && names.length === 0) throw new Error(`oxfmt reports what it cannot name: ${stdout}${stderr}`)
  return names.map((file) => ({ file, line: 1, message: 'not as `npm run format` would write it' }))
}
