/** One duty of many keys, through the flow, the guard and the signer processes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bls12381 } from '../../src/curves/bls12-381.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createConsensus } from '../../src/chains/consensus/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import { dutyOperations } from '../../src/core/names.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { SignManyAnswer } from '../../src/core/services.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { client, openHouse, removeFolder, type TestHouse } from './house.ts'

const network = 'beacon:hoodi'
const hoodi = createConsensus({ networks: [{ network }] })
const [timing] = hoodi.beacon ?? []
const root = (fill: number) => `0x${fill.toString(16).padStart(64, '0')}`

let house: TestHouse
let principal: Principal
let keys: readonly KeyRecord[]

/** Each test signs in an epoch of its own, long past: these keys have no history. */
let epoch = 100

beforeAll(async () => {
  house = await openHouse({ chains: [hoodi] })
  const made: KeyRecord[] = []
  const secrets = Array.from({ length: 12 }, (_, i) => ({
    backend: 'sealed',
    family: 'consensus',
    kind: 'decoded' as const,
    network: network as `${string}:${string}`,
    secret: { format: 'hex' as const, hex: `0x${(i + 1).toString(16).padStart(64, '0')}` },
  }))
  const take = (_: number, key: unknown) => void made.push(key as KeyRecord)
  await house.keyring.importMany(secrets, take, house.operator(), async () => {})
  await house.validators?.raiseWatermark({ slot: 0n, epoch: 0n }, house.operator())
  keys = made
  principal = await client(house, [{ operations: dutyOperations, keys: '*', networks: '*' }])
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

function attestation(target: number, block = 1) {
  return {
    type: 'ATTESTATION',
    fork_info: {
      fork: { previous_version: '0x05017000', current_version: '0x06017000', epoch: '0' },
      genesis_validators_root: timing?.genesisValidatorsRoot ?? '',
    },
    attestation: {
      slot: String(target * 32),
      index: '0',
      beacon_block_root: root(block),
      source: { epoch: String(target - 1), root: root(2) },
      target: { epoch: String(target), root: root(3) },
    },
  }
}

function signMany(names: readonly string[], value: unknown, who = principal) {
  const request = { keys: names, operation: 'sign:attestation', value } as const
  return house.signing.signMany(request, { principal: who, deadline: deadlineIn(30_000, systemClock) })
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Error('expected text')
}

const codeOf = (answer: SignManyAnswer | undefined) => (answer && 'error' in answer ? answer.error.code : 'signed')

function signatureOf(answer: SignManyAnswer | undefined): string {
  if (answer === undefined || 'error' in answer) throw new Error(`not signed: ${codeOf(answer)}`)
  return textOf(answer.reply.signed.result['signature'])
}

test('every key signs the same root, and each signature is by its own key', async () => {
  const names = keys.map(({ publicKey }) => publicKey)
  const answers = await signMany(names, attestation(++epoch))
  for (const [i, answer] of answers.entries()) {
    if ('error' in answer) throw answer.error
    const { signed } = answer.reply
    const message = fromHex(textOf(signed.result['signingRoot']))
    const signature = { algorithm: 'bls12-381', bytes: fromHex(signatureOf(answer)) } as const
    const publicKey = { algorithm: 'bls12-381', bytes: fromHex(names[i] ?? '') } as const
    expect(bls12381.verify(signature, message, publicKey)).toBe(true)
  }
  expect(new Set(answers.map(signatureOf)).size).toBe(names.length)
})

test('one by one they get the same bytes', async () => {
  const value = attestation(++epoch)
  const names = keys.slice(0, 3).map(({ publicKey }) => publicKey)
  const together = await signMany(names, value)
  for (const [i, key] of names.entries()) {
    const request = { key, operation: 'sign:attestation', value } as const
    const { signed } = await house.signing.sign(request, { principal, deadline: deadlineIn(30_000, systemClock) })
    expect(signed.result['signature']).toBe(signatureOf(together[i]))
  }
})

test('a key that signed something else is refused, and hinders no other', async () => {
  const names = keys.slice(0, 4).map(({ publicKey }) => publicKey)
  const [, second = '', , fourth = ''] = names
  const target = ++epoch
  await signMany([second, fourth], attestation(target, 7))
  const answers = await signMany(names, attestation(target))
  expect(answers.map(codeOf)).toEqual(['signed', 'conflicts-with-earlier', 'signed', 'conflicts-with-earlier'])
})

test('what is asked twice at once, in different words, is signed in one of them', async () => {
  const names = keys.map(({ publicKey }) => publicKey)
  const target = ++epoch
  const all = await Promise.all([1, 2, 3, 4].map((block) => signMany(names, attestation(target, block))))
  for (const [i] of names.entries()) {
    expect(all.filter((answers) => codeOf(answers[i]) === 'signed')).toHaveLength(1)
  }
})

test('an unknown key, a key twice, and a client without a grant', async () => {
  const [first = ''] = keys.map(({ publicKey }) => publicKey)
  const stranger = `0x${'ab'.repeat(48)}`
  expect((await signMany([first, stranger], attestation(++epoch))).map(codeOf)).toEqual(['signed', 'key-not-found'])
  await expect(signMany([first, first.toUpperCase().replace('0X', '0x')], attestation(++epoch))).rejects.toMatchObject({
    code: 'invalid-request',
  })
  const nobody = await client(house, [{ operations: ['keys:read'], keys: '*', networks: '*' }], 'reader')
  expect((await signMany([first], attestation(++epoch), nobody)).map(codeOf)).toEqual(['denied'])
})

test('a high watermark refuses what is at or above it', async () => {
  const target = ++epoch
  const puts = [{ kind: 'ceiling', id: network, value: { epoch: String(target) }, expect: 0 }] as const
  await house.state.change({ actor: 'operator', action: 'ceiling.put', about: {}, puts }, house.operator().deadline)
  const [first = ''] = keys.map(({ publicKey }) => publicKey)
  expect((await signMany([first], attestation(target))).map(codeOf)).toEqual(['conflicts-with-earlier'])
  const away = [{ kind: 'ceiling', id: network, value: {}, expect: 1 }] as const
  await house.state.change(
    { actor: 'operator', action: 'ceiling.put', about: {}, puts: away },
    house.operator().deadline,
  )
  expect((await signMany([first], attestation(target))).map(codeOf)).toEqual(['signed'])
})

test('while all is frozen nobody signs, and then nothing of the time before', async () => {
  await house.freezing.freeze({ everything: true }, house.operator())
  const names = keys.map(({ publicKey }) => publicKey)
  expect(new Set((await signMany(names, attestation(++epoch))).map(codeOf))).toEqual(new Set(['frozen']))
  await house.freezing.thaw({ everything: true }, house.operator())
  const thawed = await signMany(names, attestation(epoch))
  expect(new Set(thawed.map(codeOf))).toEqual(new Set(['conflicts-with-earlier']))
})

test('the register accounts for all of it', async () => {
  const { writer, store, witness } = house
  await expect.poll(() => writer.status().waiting).toBe(0)
  const verified = await verifyRegister(sourceOf(store, systemClock), { witness: witness.seen() })
  expect(verified.findings).toEqual([])
})
