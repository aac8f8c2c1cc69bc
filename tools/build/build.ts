import { cpSync, existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { rewriteSpecifiers } from './specifiers.ts'
import { brokenImports } from './broken-imports.ts'
import { runTool } from '../program.ts'
import { filesBelow, root } from '../source.ts'

const service = 'packages/chancery'
const client = 'packages/client'

/**
 * Writes packages/chancery/dist: JavaScript and declarations of the service, with the client's code inside it, so that
 * the packed package needs nothing that is not on npm.
 * @returns how many files it wrote
 * @throws Error when the compiler objects or an import of the result leads nowhere
 */
export function build(): number {
  compile(client)
  compile(service)
  for (const file of filesBelow(`${service}/src`)) {
    if (!file.endsWith('.ts')) copy(file, file.replace('/src/', '/dist/'))
  }
  copy(`${client}/dist`, `${service}/dist/client`)
  for (const file of builtFiles()) rewriteSpecifiers(file, { '@chancery/client': `${service}/dist/client/index.js` })
  const broken = builtFiles().flatMap((file) => brokenImports(file, service))
  if (broken.length > 0) throw new Error(`The build has imports that lead nowhere:\n${broken.join('\n')}`)
  return builtFiles().length
}

function compile(folder: string): void {
  rmSync(path.join(root, folder, 'dist'), { recursive: true, force: true })
  const { status, stdout } = runTool('tsc', ['-p', `${folder}/tsconfig.build.json`, '--pretty', 'false'])
  if (status !== 0) throw new Error(`The compiler objects to ${folder}:\n${stdout}`)
  if (!existsSync(path.join(root, folder, 'dist'))) throw new Error(`The compiler wrote nothing for ${folder}`)
}

function copy(from: string, to: string): void {
  cpSync(path.join(root, from), path.join(root, to), { recursive: true })
}

function builtFiles(): string[] {
  return filesBelow(`${service}/dist`).filter((file) => file.endsWith('.js') || file.endsWith('.d.ts'))
}
