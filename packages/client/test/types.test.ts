import { readFileSync } from 'node:fs'
import path from 'node:path'
import { format } from 'oxfmt'
import { expect, test } from 'vitest'
import { clientTypes } from '../../../tools/client-types.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

test('the types are those of openapi.json (`npm run openapi` writes them)', async () => {
  const style = { printWidth: 120, semi: false, singleQuote: true, trailingComma: 'all' } as const
  const { code } = await format('types.ts', clientTypes(read('openapi.json')), style)
  expect(read('packages/client/src/types.ts')).toBe(code)
})
