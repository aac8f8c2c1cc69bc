/** The compatible routes' own client: its one key, its one right over it, and a relay for one network. */
import { recoverAddress } from 'viem'
import type { JsonObject } from '../../src/base/json.ts'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { utf8, type Hex } from '../../src/base/bytes.ts'
import { Secret } from '../../src/base/secret.ts'
import { openKmsBackend, type KmsBackendParts } from '../../src/compose/kms-backend.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { KeyId } from '../../src/core/names.ts'
import { createAwsKms, type AwsKmsBackend } from '../../src/keys/aws/aws-kms.ts'
import { standBetween, type Between } from '../integration/between.ts'
import { network, openHouse, payingKey, payment, removeFolder, type TestHouse } from '../integration/house.ts'
import { useCredentials } from '../keys/aws/emulator.ts'

const apiKey = 'c0ffee00c0ffee11c0ffee22c0ffee33'
const digest: Hex = `0x${'5a'.repeat(32)}`
const account = privateKeyToAccount(`0x${'46'.repeat(32)}`)

let emulator: RunningEmulator
let backend: AwsKmsBackend
let house: TestHouse
let node: Between
let key: KeyRecord

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'compatible' })
  useCredentials(emulator.credentials)
  const { region, url: endpoint } = emulator
  backend = await createAwsKms({ region, endpoint, installation: 'ins_test', clock: systemClock })
  house = await openHouse({ extraBackends: [backend] })
  key = await payingKey(house, {}, 'aws-kms')
  node = await standBetween(new URL('http://127.0.0.1:1'))
})

afterEach(() => {
  node.seen.length = 0
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await node.close()
  await emulator.close()
})

const served = (chainId: string) => {
  node.treat = (method) => ({ pass: false, result: method === 'eth_chainId' ? chainId : `0x${'ab'.repeat(32)}` })
}

async function open(more: Partial<KmsBackendParts> = {}) {
  const keyId = await ownKeyId()
  const rpc = { url: new Secret(utf8(node.url.href)), origin: node.url.origin }
  const around = { isMain: () => false, observeNode: () => {} }
  const config = { keyId, region: emulator.region, apiKey: new Secret(utf8(apiKey)), rpc, ...around, ...more }
  return openKmsBackend(config, house, backend, systemClock)
}

let own: string | undefined
async function ownKeyId(): Promise<string> {
  own ??= await unownedKey('key_00000000000000000000000001')
  return own
}

/** A key of the account without the installation's tag. */
async function unownedKey(id: KeyId): Promise<string> {
  const other = await createAwsKms({
    region: emulator.region,
    endpoint: emulator.url,
    installation: 'ins_other',
    clock: systemClock,
  })
  return arnOf((await other.create({ id, algorithm: 'secp256k1-ecdsa' }, house.operator().deadline)).data)
}

test('signs any digest with its one key, and finds it again', async () => {
  const compatible = await open()
  const { result } = await compatible.signDigest(digest, house.as(compatible.principal))
  const { r, s, yParity } = result as { r: Hex; s: Hex; yParity: 0 | 1 }
  expect(await recoverAddress({ hash: digest, signature: { r, s, yParity } })).toBe(
    await compatible.address(house.as(compatible.principal)),
  )
  expect((await open()).key.id).toBe(compatible.key.id)
})

test('takes the next key into use when the variable names another one', async () => {
  const first = await open()
  const second = await open({ keyId: await unownedKey('key_00000000000000000000000002') })
  expect(second.key.id).not.toBe(first.key.id)
  await expect(second.signDigest(digest, house.as(second.principal))).resolves.toHaveProperty('result')
})

test('signs after a start that ended between taking the key into use and giving it its rules', async () => {
  const keyId = await unownedKey('key_00000000000000000000000003')
  const request = { id: 'key_00000000000000000000000003', algorithm: 'secp256k1-ecdsa' } as const
  const found = await backend.enrolUnowned({ ...request, name: keyId }, house.operator().deadline)
  const adopted = { id: request.id, backend: 'aws-kms', family: 'evm', kind: 'opaque' } as const
  await house.adopt(adopted, found, house.operator())
  const compatible = await open({ keyId })
  await expect(compatible.signDigest(digest, house.as(compatible.principal))).resolves.toHaveProperty('result')
})

describe('its client', () => {
  test('is whoever has the key of the variable, and nobody else', async () => {
    const compatible = await open()
    expect(compatible.authenticate(apiKey)).toBe(compatible.principal)
    for (const wrong of ['', 'x', apiKey.slice(1), `${apiKey} `]) expect(compatible.authenticate(wrong)).toBeUndefined()
  })

  test('signs nothing but digests, with no other key, and administers nothing', async () => {
    const { principal, key: mine } = await open()
    const call = house.as(principal)
    const sign = (name: string, operation: 'sign:transaction' | 'sign:digest', value: unknown) =>
      house.signing.sign({ key: name, operation, value, ...(operation === 'sign:transaction' && { network }) }, call)
    await expect(sign(mine.id, 'sign:transaction', payment(0))).rejects.toMatchObject({ code: 'denied' })
    await expect(sign(key.id, 'sign:transaction', payment(0))).rejects.toMatchObject({ code: 'key-not-found' })
    await expect(sign(key.id, 'sign:digest', digest)).rejects.toMatchObject({ code: 'key-not-found' })
    await expect(house.keyring.disable(mine.id, call)).rejects.toMatchObject({ code: 'denied' })
    await expect(house.freezing.thaw({ everything: true }, call)).rejects.toMatchObject({ code: 'denied' })
    await expect(house.clients.list({ limit: 1 }, call)).rejects.toMatchObject({ code: 'denied' })
  })
})

test('a key that is in use as a decoded one is refused', async () => {
  const keyId = arnOf(key.ref)
  await expect(open({ keyId })).rejects.toMatchObject({ code: 'key-state' })
})

describe('the relay', () => {
  const raw = (chainId: number) =>
    account.signTransaction({ chainId, type: 'eip1559', gas: 21000n, maxFeePerGas: 1n, nonce: 0, to: account.address })
  const relay = async (chainId: number, more: Partial<KmsBackendParts> = {}) => {
    const { sendRaw, principal } = await open(more)
    if (sendRaw === undefined) throw new Error('there is no relay')
    return sendRaw(await raw(chainId), house.as(principal))
  }
  const sends = () => node.seen.filter(({ method }) => method === 'eth_sendRawTransaction').length

  test("hands on what is for the node's chain", async () => {
    served('0x7a69')
    expect(await relay(31337)).toMatchObject({ ok: true })
    expect(sends()).toBe(1)
  })

  test('keeps back what is for another chain', async () => {
    served('0x7a69')
    await expect(relay(1)).rejects.toMatchObject({ code: 'wrong-network' })
    expect(sends()).toBe(0)
  })

  test('stands still while everything is frozen, and so does the key', async () => {
    served('0x7a69')
    await house.freezing.freeze({ everything: true }, house.operator())
    try {
      await expect(relay(31337)).rejects.toMatchObject({ code: 'frozen' })
      const compatible = await open()
      const signed = compatible.signDigest(digest, house.as(compatible.principal))
      await expect(signed).rejects.toMatchObject({ code: 'frozen' })
    } finally {
      await house.freezing.thaw({ everything: true }, house.operator())
    }
    expect(sends()).toBe(0)
  })

  test('stands still while its key is frozen', async () => {
    served('0x7a69')
    const { key } = await open()
    await house.freezing.freeze({ key: key.id }, house.operator())
    await expect(relay(31337)).rejects.toMatchObject({ code: 'frozen' })
    expect(sends()).toBe(0)
    await house.freezing.thaw({ key: key.id }, house.operator())
  })

  test.each(['0xdeadbeef', '0x00', '0x02c0'] as const)('hands on no %s, which is no transaction', async (raw) => {
    served('0x7a69')
    const { sendRaw, principal } = await open()
    await expect(sendRaw?.(raw, house.as(principal))).rejects.toMatchObject({ code: 'invalid-payload' })
    expect(sends()).toBe(0)
  })

  test('serves no main network beside a key of the emulator', async () => {
    served('0x1')
    const isMain: KmsBackendParts['isMain'] = (asked) => asked === 'eip155:1'
    await expect(relay(1, { isMain })).rejects.toMatchObject({ code: 'denied' })
    expect(sends()).toBe(0)
  })
})

function arnOf({ arn }: JsonObject): string {
  if (typeof arn === 'string') return arn
  throw new Error('the back-end pinned no ARN')
}
