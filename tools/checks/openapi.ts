import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { canaryFolder, readText, root } from '../source.ts'

/** openapi.json is what the routes say. It is checked in because clients are made from it; `npm run openapi` writes it. */
export const openApiCheck: Check = {
  name: 'openapi',
  async run() {
    const document = await currentDocument()
    const { paths } = JSON.parse(document) as { paths: object }
    return { count: Object.keys(paths).length, of: 'paths', findings: difference('openapi.json', document) }
  },
  canary: async () => difference(`${canaryFolder('openapi')}/openapi.json`, await currentDocument()),
}

/** Loaded late: a service that does not compile must fail this check and no other. */
async function currentDocument(): Promise<string> {
  const { openApiDocument } = await import('../openapi-document.ts')
  return openApiDocument()
}

function difference(file: string, document: string): Finding[] {
  const written = existsSync(path.join(root, file)) ? readText(file).split('\n') : []
  const wanted = document.split('\n')
  const at = wanted.findIndex((line, index) => line !== written[index])
  if (at < 0 && written.length === wanted.length) return []
  const line = at < 0 ? wanted.length : at + 1
  return [{ file, line, message: 'is not what the routes say; `npm run openapi` writes it' }]
}
