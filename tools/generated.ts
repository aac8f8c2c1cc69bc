import { format, type FormatConfig } from 'oxfmt'
import { clientTypes } from './client-types.ts'
import { openApiDocument } from './openapi-document.ts'
import { readText } from './source.ts'

/** What `npm run openapi` writes, by file: the document, and the client's types made from it. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  const document = await openApiDocument()
  return {
    'openapi.json': document,
    'packages/client/src/types.ts': await formatted('types.ts', clientTypes(document)),
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
