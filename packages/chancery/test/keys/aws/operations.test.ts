// What the service sends to AWS is counted from zero: the list of it is whole.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { operations } from '../../../src/keys/aws/operations.ts'

const room = new URL('../../../src/keys/aws/', import.meta.url)

it('every request of the room is in the list, and no other', () => {
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('cloudtrail'))
    .map((file) => readFileSync(new URL(file, room), 'utf8'))
  const sent = files.flatMap((text) =>
    [...text.matchAll(/(?:operation: |targetOf\(\w+, )'(\w+)'/g)].map(([, name = '']) => name),
  )
  expect([...new Set(sent)].toSorted()).toEqual([...operations].toSorted())
})
