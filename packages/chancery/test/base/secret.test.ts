import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../src/base/secret.ts'

const bytes = () => Buffer.from('hunter2 and more')

test.each<[string, (secret: Secret) => string]>([
  ['JSON', (secret) => JSON.stringify({ secret })],
  ['String', String],
  ['concatenation', (secret) => ['', secret].join('')],
  ['inspect', (secret) => inspect({ deep: [{ secret }] }, { depth: 9, showHidden: true })],
  ['format', (secret) => format('%s %o %j', secret, secret, secret)],
  ['an error that carries it', (secret) => inspect(new Error('x', { cause: secret }))],
  ['its own members', (secret) => JSON.stringify([Object.entries(secret), Object.assign({}, secret)])],
])('does not print by %s', (_, print) => {
  const text = print(new Secret(bytes()))
  const shown = bytes()
  for (const spelling of ['utf8', 'hex', 'base64'] as const) expect(text).not.toContain(shown.toString(spelling))
  expect(text).not.toContain('104, 117')
})

test('hands out the bytes themselves', () => {
  const own = bytes()
  expect(new Secret(own).use((held) => held)).toBe(own)
})

test('wipes the bytes for good', () => {
  const own = bytes()
  const secret = new Secret(own)
  secret.wipe()
  expect(own.every((byte) => byte === 0)).toBe(true)
  expect(() => secret.use((held) => held)).toThrow('this secret was wiped')
  expect(() => secret.wipe()).not.toThrow()
})
