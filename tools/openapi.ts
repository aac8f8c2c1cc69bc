import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, type FormatConfig } from 'oxfmt'
import { clientTypes } from './client-types.ts'
import { openApiDocument } from './openapi-document.ts'
import { readText, root } from './source.ts'

/** Writes openapi.json and the client's types; with `--check` only says whether they are what the routes say. */
const document = await openApiDocument()
const files: Readonly<Record<string, string>> = {
  'openapi.json': document,
  'packages/client/src/types.ts': await formatted('types.ts', clientTypes(document)),
}

for (const [file, text] of Object.entries(files)) {
  const fresh = existsSync(path.join(root, file)) && readText(file) === text
  if (!process.argv.includes('--check')) writeFileSync(path.join(root, file), text)
  else if (!fresh) {
    console.error(`${file} is not what the routes say; \`npm run openapi\` writes it`)
    process.exitCode = 1
  }
}

async function formatted(name: string, text: string): Promise<string> {
  const {
    $schema: _,
    ignorePatterns: __,
    ...style
  } = JSON.parse(readText('.oxfmtrc.json')) as FormatConfig & Record<string, unknown>
  const { code, errors } = await format(name, text, style)
  if (errors.length > 0) throw new Error(`${name} cannot be formatted: ${JSON.stringify(errors)}`)
  return code
}
