import { expect, test } from 'vitest'
import { nearest } from '../../src/base/nearest.ts'

const names = ['host', 'port', 'passphraseFile', 'witnessFile', 'CHANCERY_HOST', 'networks']

test.each([
  ['hots', 'host'],
  ['prot', 'port'],
  ['Port', 'port'],
  ['passphrasefile', 'passphraseFile'],
  ['passPhraseFiles', 'passphraseFile'],
  ['CHANCERY_HSOT', 'CHANCERY_HOST'],
  ['network', 'networks'],
  ['host', 'host'],
  ['completely-else', undefined],
  ['', undefined],
  ['xx', undefined],
])('%s: %s', (name, expected) => {
  expect(nearest(name, names)).toBe(expected)
})

test('of equally near names the first', () => {
  expect(nearest('hosta', ['hostb', 'hostc'])).toBe('hostb')
  expect(nearest('anything', [])).toBeUndefined()
})
