// Keys that scripts left in Parameter Store: every format they are in, and no key of another.
import { randomBytes } from 'node:crypto'
import { DescribeKeyCommand, TagResourceCommand } from '@aws-sdk/client-kms'
import { mnemonicFromSeed } from 'algosdk'
import { describe, expect, it } from 'vitest'
import { concat } from '../../../src/base/bytes.ts'
import type { KeyPlace } from '../../../src/core/backend.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { publicKeyOf } from '../../../src/curves/ed25519/sign.ts'
import { codeOf, errorOf, refOf, soon, spellings } from '../../contract/key-backend.ts'
import { hex, newPlace, parameterStore, recorded, request } from './parameter-store.ts'

const store = parameterStore()

describe('an existing parameter', () => {
  const seed = Uint8Array.from(randomBytes(32))
  const long = concat(seed, publicKeyOf(seed))
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

  async function enrol(place: KeyPlace, name = `alias/${place.name}`) {
    const asked = { ...request(place), name }
    return refOf(asked.id, await store.backend.enrol(asked, soon()))
  }

  async function existing(value: string): Promise<KeyPlace> {
    const place = { ...newPlace(), labels: () => ({}) }
    await store.backend.import(request(place), hex(seed), soon())
    await store.overwrite(place.path, value)
    return place
  }

  it.each([
    ['v1', JSON.stringify({ v: 1, alg: 'ed25519', key: base64(seed) })],
    ['base64-seed', base64(seed)],
    ['base64-key', base64(long)],
    ['base64-key', `${base64(long).replace(/=+$/, '')}\n`],
    ['hex-seed', hexOf(seed)],
    ['hex-seed', `0x${hexOf(seed).toUpperCase()}`],
    ['hex-key', hexOf(long)],
    ['words', mnemonicFromSeed(seed)],
    ['words', mnemonicFromSeed(seed).replaceAll(' ', '\n').toUpperCase()],
  ])('is read as %s: %#', async (format, value) => {
    const ref = await enrol(await existing(value))
    expect(ref.data).toMatchObject({ format, version: 2 })
    const message = randomBytes(40)
    const signature = ed25519.normalise(await store.sign(ref, message), message, {
      algorithm: 'ed25519',
      bytes: publicKeyOf(seed),
    })
    expect(signature.bytes).toHaveLength(64)
  })

  it.each([
    ['half of it of another key', base64(concat(seed, publicKeyOf(randomBytes(32))))],
    ['31 bytes', base64(seed.subarray(1))],
    ['48 bytes', base64(randomBytes(48))],
    ['a later version', JSON.stringify({ v: 2, alg: 'ed25519', key: base64(seed) })],
    ['another algorithm', JSON.stringify({ v: 1, alg: 'secp256k1-ecdsa', key: base64(seed) })],
    ['an unknown member', JSON.stringify({ v: 1, alg: 'ed25519', key: base64(seed), note: 'x' })],
    ['words with a wrong checksum', mnemonicFromSeed(seed).replace(/\w+$/, 'zoo')],
    ['24 words', mnemonicFromSeed(seed).replace(/ \w+$/, '')],
    ['base64 with stray bits', `${base64(seed).slice(0, 42)}${base64(seed)[42] === 'B' ? 'D' : 'B'}=`],
    ['nothing of the kind', 'not a key'],
  ])('is not read with %s, and nothing of it is said', async (_, value) => {
    const place = await existing(value)
    const error = await errorOf(store.backend.enrol({ ...request(place), name: `alias/${place.name}` }, soon()))
    expect(error).toMatchObject({ code: 'backend-failed' })
    const said = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n')
    for (const spelling of [...spellings(seed), value]) expect(said).not.toContain(spelling)
  })

  it('is found by alias, by bare name and by path', async () => {
    const place = await existing(base64(seed))
    const refs = [await enrol(place), await enrol(place, place.name), await enrol(place, place.path)]
    expect(new Set(refs.map(({ data }) => data['arn'])).size).toBe(1)
  })

  it('of nobody is refused, with the command that marks it', async () => {
    const place = await existing(base64(seed))
    const { KeyMetadata } = await store.kms.send(new DescribeKeyCommand({ KeyId: `alias/${place.name}` }))
    const Tags = [{ TagKey: 'chancery:owner', TagValue: 'ins_other' }]
    await store.kms.send(new TagResourceCommand({ KeyId: KeyMetadata?.Arn, Tags }))
    store.emulator.clearCalls()
    const error = await errorOf(store.backend.enrol({ ...request(place), name: `alias/${place.name}` }, soon()))
    expect(error).toMatchObject({
      code: 'denied',
      particulars: { hint: expect.stringContaining('aws kms tag-resource') },
    })
    expect(store.calls('GetParameter')).toEqual([])
  })

  it('whose address tag says another address is refused', async () => {
    const place = newPlace()
    const { made } = await store.makeKey(place)
    const Tags = [{ TagKey: 'address', TagValue: 'ADDRESSOFANOTHER' }]
    await store.kms.send(new TagResourceCommand({ KeyId: recorded(made, 'arn'), Tags }))
    const error = await errorOf(store.backend.enrol({ ...request(place), name: `alias/${place.name}` }, soon()))
    expect(error).toMatchObject({ code: 'backend-failed', message: expect.stringContaining('ADDRESS MISMATCH') })
    expect(error.message).toContain('ADDRESSOFANOTHER')
  })

  it('of another region is refused', async () => {
    const name = 'arn:aws:kms:eu-west-1:000000000000:alias/x'
    expect(await codeOf(store.backend.enrol({ ...request(), name }, soon()))).toBe('invalid-request')
    expect(store.emulator.calls).toEqual([])
  })
})
