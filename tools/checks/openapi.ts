import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { canaryFolder, readText, root } from '../source.ts'

/** openapi.json and the client's types are what the routes say. They are checked in; `npm run openapi` writes them. */
export const openApiCheck: Check = {
  name: 'openapi',
  async run() {
    const files = await generated()
    const findings = Object.entries(files).flatMap(([file, text]) => difference(file, text))
    return { count: pathsIn(files['openapi.json'] ?? '{}'), of: 'paths, and the types of the client', findings }
  },
  async canary() {
    const planted = canaryFolder('openapi')
    const files = Object.entries(await generated())
    return files.flatMap(([file, text]) => difference(`${planted}/${path.basename(file)}`, text))
  },
}

/** Loaded late: a service that does not compile must fail this check and no other. */
async function generated(): Promise<Readonly<Record<string, string>>> {
  const { generatedFiles } = await import('../generated.ts')
  return generatedFiles()
}

function pathsIn(document: string): number {
  const { paths = {} } = JSON.parse(document) as { paths?: object }
  return Object.keys(paths).length
}

function difference(file: string, text: string): Finding[] {
  const written = existsSync(path.join(root, file)) ? readText(file).split('\n') : []
  const wanted = text.split('\n')
  const at = wanted.findIndex((line, index) => line !== written[index])
  if (at < 0 && written.length === wanted.length) return []
  const line = at < 0 ? wanted.length : at + 1
  return [{ file, line, message: 'is not what the routes say; `npm run openapi` writes it' }]
}
