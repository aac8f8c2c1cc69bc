import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { importsOf } from '../imports.ts'
import { canaryFolder, codeFiles, filesBelow, isCode, readSource } from '../source.ts'

/** Every folder of chains/ has its line in chains.ts, every folder of keys/ its line in keys.ts. */
export const plugInsCheck: Check = {
  name: 'plug-ins',
  run() {
    const folder = 'packages/chancery/src'
    const files = codeFiles(folder)
    return {
      count: plugIns(folder, files).length,
      of: 'chains and key back-ends',
      findings: unregistered(folder, files),
    }
  },
  canary() {
    const folder = `${canaryFolder('plug-ins')}/src`
    return unregistered(folder, filesBelow(folder).filter(isCode))
  },
}

function plugIns(folder: string, files: readonly string[]): string[] {
  const rooms = files.flatMap((file) => /^(?:chains|keys)\/[^/]+(?=\/)/.exec(path.relative(folder, file)) ?? [])
  return [...new Set(rooms)]
}

function unregistered(folder: string, files: readonly string[]): Finding[] {
  return plugIns(folder, files).flatMap((plugIn) => {
    const list = path.join(folder, `${path.dirname(plugIn)}.ts`)
    const missing = { file: firstFile(folder, files, plugIn), line: 1, message: `${list} does not load ${plugIn}` }
    return files.includes(list) && loads(list).some((name) => name.startsWith(`./${plugIn}/`)) ? [] : [missing]
  })
}

function firstFile(folder: string, files: readonly string[], plugIn: string): string {
  return files.find((file) => file.startsWith(path.join(folder, plugIn, path.sep))) ?? folder
}

function loads(list: string): string[] {
  return importsOf(readSource(list)).flatMap(({ kind, specifier }) => (kind === 'late' ? [specifier] : []))
}
