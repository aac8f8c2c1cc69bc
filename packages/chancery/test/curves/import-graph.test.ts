// Safety rule 12: what a signer process loads to sign is a curve library and node:crypto, and nothing else of ours.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test.each([
  ['secp256k1/sign.ts', ['node:crypto', 'tiny-secp256k1']],
  ['secp256k1/derive.ts', ['@scure/bip32']],
  ['secp256k1-schnorr/sign.ts', ['tiny-secp256k1']],
  ['ed25519/sign.ts', ['node:crypto']],
  [
    'bls12-381/sign.ts',
    [
      './signing-library.ts',
      './private-key.ts',
      './signing-library.ts',
      '@chancery/bls-addon',
      './with-addon.ts',
      './with-blst.ts',
    ],
  ],
  ['bls12-381/private-key.ts', ['node:crypto']],
  ['bls12-381/with-addon.ts', ['@chancery/bls-addon', './private-key.ts', './signing-library.ts']],
  ['bls12-381/with-blst.ts', ['@chainsafe/blst', './private-key.ts', './signing-library.ts']],
  ['bls12-381/derive.ts', ['@chainsafe/blst']],
])('%s', (file, allowed) => {
  const text = readFileSync(join(import.meta.dirname, '../../src/curves', file), 'utf8')
  const imported = [...text.matchAll(/(?: from |^import |import\()'([^']+)'/gm)].map(([, name]) => name)
  expect(imported).toEqual(allowed)
})
