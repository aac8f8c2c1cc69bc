// The key-encryption key under a KMS key.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { Secret } from '../../../src/base/secret.ts'
import { createKeyWrapper } from '../../../src/keys/aws/wrap.ts'
import { openKeyEncryptionKey } from '../../../src/keys/sealed/key-encryption-key-file.ts'
import { wrappedSource } from '../../../src/keys/sealed/key-sources.ts'
import { codeOf, soon, spellings } from '../../contract/key-backend.ts'
import { installation, startAws, symmetricKey } from './emulator.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let keys: readonly string[]

beforeAll(async () => {
  aws = await startAws()
  keys = await Promise.all([0, 1].map(() => symmetricKey(aws.emulator)))
})
afterAll(() => aws.close())

async function wrapper(key = keys[0] ?? '', owner = installation) {
  const { url: endpoint, region } = aws.emulator
  return createKeyWrapper({ region, endpoint, key, installation: owner, clock: systemClock })
}

const secret = () => new Secret(new Uint8Array(32).fill(9))

describe('wrapping by AWS KMS', () => {
  it('gives back what it wrapped', async () => {
    const ours = await wrapper()
    const ciphertext = await ours.wrap(secret(), soon())
    const opened = await ours.unwrap(ciphertext, soon())
    ours.close()
    expect(opened.use(toHex)).toBe(secret().use(toHex))
    for (const spelling of secret().use(spellings))
      expect(Buffer.from(ciphertext).toString('latin1')).not.toContain(spelling)
  })

  it('opens for no other installation and under no other key', async () => {
    const ours = await wrapper()
    const ciphertext = await ours.wrap(secret(), soon())
    for (const other of [await wrapper(keys[0], 'ins_other'), await wrapper(keys[1])]) {
      expect(await codeOf(other.unwrap(ciphertext, soon()))).toBe('backend-failed')
      other.close()
    }
    ours.close()
  })

  it('names the missing permission', async () => {
    const ours = await wrapper()
    const ciphertext = await ours.wrap(secret(), soon())
    aws.emulator.faults.add({ kind: 'deny', operation: 'Decrypt', count: 1 })
    await expect(ours.unwrap(ciphertext, soon())).rejects.toThrow('kms:Decrypt')
    ours.close()
  })

  it('holds a data directory’s key-encryption key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chancery-'))
    const ours = await wrapper()
    const first = await openKeyEncryptionKey(folder, wrappedSource(ours), soon())
    const second = await openKeyEncryptionKey(folder, wrappedSource(ours), soon())
    expect(second.key.use(toHex)).toBe(first.key.use(toHex))
    ours.close()
    rmSync(folder, { recursive: true })
  })
})
