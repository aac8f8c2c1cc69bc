import path from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { build } from '../build/build.ts'
import type { Check, Finding } from '../finding.ts'
import { canaryFolder, readText, root } from '../source.ts'

/** publint on the package as npm would pack it, freshly built: entry points that exist, types that are found. */
export const packageCheck: Check = {
  name: 'package',
  async run() {
    const count = build()
    return { count, of: 'built files', findings: await judge('packages/chancery') }
  },
  canary: () => judge(canaryFolder('package')),
}

async function judge(folder: string): Promise<Finding[]> {
  const { messages } = await publint({ pkgDir: path.join(root, folder), pack: 'npm', strict: true })
  const file = `${folder}/package.json`
  const manifest = JSON.parse(readText(file)) as Record<string, unknown>
  return messages.map((message) => ({ file, line: 1, message: formatMessage(message, manifest) ?? message.code }))
}
