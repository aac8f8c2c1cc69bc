// What is written for a new key leaves nothing of it in memory that is shared.
import { expect, it } from 'vitest'
import { versionedSecret } from '../../../src/keys/aws/signer/formats.ts'

it('is not copied into the pool of small buffers, which nobody wipes', () => {
  const privateKey = crypto.getRandomValues(new Uint8Array(32))
  const pools = [Buffer.from('before').buffer]
  const text = versionedSecret(privateKey, 'ed25519', undefined)
  pools.push(Buffer.from('after').buffer)
  for (const pool of pools) expect(Buffer.from(pool).includes(Buffer.from(privateKey.buffer))).toBe(false)
  expect(text).toContain(Buffer.from(privateKey).toString('base64'))
})
