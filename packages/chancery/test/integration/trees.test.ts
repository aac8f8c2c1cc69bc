/** Trees of keys on a whole house: recorded, proved, asked through their children alone. */
import { recoverTransactionAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Secret } from '../../src/base/secret.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import { canKeepTrees, type KeyCreator, type TreeKeeper } from '../../src/core/backend.ts'
import type { ChildKey } from '../../src/core/own-scripts.ts'
import { refOf, type KeyRecord } from '../../src/core/key.ts'
import type { CreateKey } from '../../src/core/keyring.ts'
import { noRules } from '../../src/core/rules.ts'
import { createSealed, type SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { newKeyId, soon } from '../contract/key-backend.ts'
import { childOf } from '../contract/tree-keeper.ts'
import { network, openHouse, payment, removeFolder, someone, type TestHouse } from './house.ts'

const chain = createEvm({ networks: [{ network }], assets: [] })
const account = [0x8000_002c, 0x8000_003c, 0x8000_0000]
const tree = { backend: 'sealed', family: 'evm', kind: 'decoded', tree: 'bip32' } as const

let house: TestHouse
let keys: SealedBackend
/** Takes its own signatures for random ones, so that the first is stored and stands. */
let random: TreeKeeper & Pick<KeyCreator, 'create'>

beforeAll(async () => {
  keys = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32).fill(9)), clock: systemClock })
  random = {
    name: 'random',
    algorithms: keys.algorithms.map((support) => ({ ...support, random: true })),
    publicKey: (ref, deadline) => keys.publicKey(ref, deadline),
    sign: (ref, cleared, deadline) => keys.sign(ref, cleared, deadline),
    extendedPublicKey: (ref, path, deadline) => keys.extendedPublicKey(ref, path, deadline),
    close: async () => {},
    create: (request, deadline) => keys.create(request, deadline),
  }
  house = await openHouse({ extraBackends: [random] })
})
afterAll(async () => {
  await house.close()
  await keys.close()
  await removeFolder(house)
})

async function makeTree(request: Partial<CreateKey> = {}): Promise<KeyRecord> {
  const key = await house.keyring.create({ ...tree, ...request }, house.operator())
  const rules = {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [someone],
    maximums: { [`${network}/slip44:60`]: '1000' },
    fees: { [network]: '1000000000000000000' },
  } as const
  await house.keyring.putRules(key.id, rules, 0, house.operator())
  return key
}

const as = ({ id }: KeyRecord) =>
  house.as({
    client: 'cli_00000000000000000000000000',
    name: 'app',
    scheme: 'api-key',
    grants: [{ operations: ['sign:transaction'], keys: [id], networks: '*' }],
  })

function keeperOf({ backend }: KeyRecord): TreeKeeper {
  const found = house.backends.find(({ name }) => name === backend)
  if (found === undefined || !canKeepTrees(found)) throw new Error(`${backend} keeps no trees`)
  return found
}

async function child(key: KeyRecord, index: number): Promise<ChildKey> {
  const account0 = await keeperOf(key).extendedPublicKey(refOf(key), account, soon())
  const publicKey = { algorithm: 'secp256k1-ecdsa', bytes: childOf(account0, [0, index]) } as const
  return { path: [...account, 0, index], publicKey }
}

const asking = ({ id }: KeyRecord, nonce: number) =>
  ({ key: id, operation: 'sign:transaction', network, value: payment(nonce) }) as const

async function findings(): Promise<readonly string[]> {
  const seen = house.witness.seen()
  return (await verifyRegister(sourceOf(house.store, systemClock), { witness: seen })).findings
}

async function lastEntries(kind: string): Promise<readonly string[]> {
  const { entries } = await house.store.latestEntries({ limit: 50 }, soon())
  return entries.map(({ body }) => body).filter((body) => body.includes(`"kind":"${kind}"`))
}

describe('a tree', () => {
  it('is on record as one, without an address, proved by its first hardened child', async () => {
    const key = await makeTree()
    expect(key).toMatchObject({ tree: 'bip32', algorithm: 'secp256k1-ecdsa', ref: { tree: 'bip32' } })
    expect(key).not.toHaveProperty('address')
    const { publicKey } = await keeperOf(key).extendedPublicKey(refOf(key), [0x8000_0000], soon())
    const proofs = (await lastEntries('attempt')).filter((body) => body.includes(key.id))
    expect(proofs).toEqual([expect.stringContaining(`"signers":["${toHex(publicKey.bytes)}"]`)])
  })

  it('signs for the child that a part of the service names, as its address', async () => {
    const key = await makeTree()
    for (const index of [0, 1]) {
      const own = await child(key, index)
      const { signed } = await house.signing.sign({ ...asking(key, 0), own: { children: [own] } }, as(key))
      const raw = signed.result['raw'] as `0x02${string}`
      const address = await recoverTransactionAddress({ serializedTransaction: raw })
      expect(address).toBe(chain.address(own.publicKey, network))
    }
    const [entry] = (await lastEntries('attempt')).filter((body) => body.includes(key.id))
    expect(entry).toContain(`"signers":["${toHex((await child(key, 1)).publicKey.bytes)}"]`)
  })

  it('signs nothing that names no child, one by one or with others', async () => {
    const key = await makeTree()
    const refusal = { code: 'not-supported', message: expect.stringContaining('root of a tree') as string }
    await expect(house.signing.sign(asking(key, 0), as(key))).rejects.toMatchObject(refusal)
    await expect(house.signing.judge(asking(key, 0), as(key))).rejects.toMatchObject(refusal)
    const { key: _, ...many } = asking(key, 0)
    const answers = await house.signing.signMany({ ...many, keys: [key.id] }, as(key))
    expect(answers).toMatchObject([{ error: refusal }])
  })

  it('lets nothing out that is not by the child it was to be by', async () => {
    const key = await makeTree()
    const [one, two] = [await child(key, 0), await child(key, 1)]
    const own = { children: [{ ...one, publicKey: two.publicKey }] }
    await expect(house.signing.sign({ ...asking(key, 0), own }, as(key))).rejects.toMatchObject({
      code: 'bad-signature',
    })
  })

  it('gives each child its own signature over the same payload, kept where signatures are random', async () => {
    const key = await makeTree({ backend: 'random' })
    const sign = async (index: number) => {
      const own = { children: [await child(key, index)] }
      return (await house.signing.sign({ ...asking(key, 7), own }, as(key))).signed.result['raw']
    }
    const [one, two] = [await sign(0), await sign(1)]
    expect(two).not.toBe(one)
    expect([await sign(0), await sign(1)]).toEqual([one, two])
  })

  it('is refused while it is disabled, frozen or opaque', async () => {
    const key = await makeTree()
    const request = { ...asking(key, 0), own: { children: [await child(key, 0)] } }
    await house.freezing.freeze({ key: key.id }, house.operator())
    await expect(house.signing.sign(request, as(key))).rejects.toMatchObject({ code: 'frozen' })
    await house.freezing.thaw({ key: key.id }, house.operator())
    await house.keyring.disable(key.id, house.operator())
    await expect(house.signing.sign(request, as(key))).rejects.toMatchObject({ code: 'key-state' })
    await expect(makeTree({ kind: 'opaque' })).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(makeTree({ algorithm: 'ed25519' })).rejects.toMatchObject({ code: 'invalid-request' })
  })

  it('has no address to preview', async () => {
    const secret = { format: 'mnemonic', mnemonic: `${'abandon '.repeat(11)}about`, path: 'm' } as const
    const preview = house.keyring.preview({ ...tree, secret }, house.operator())
    await expect(preview).rejects.toMatchObject({ code: 'not-supported' })
    expect(await house.keyring.import({ ...tree, secret }, house.operator())).toMatchObject({ tree: 'bip32' })
  })

  it('is backed up as 24 words of a family that has none', async () => {
    const recipient = `0x${'09'.padEnd(64, '0')}` as const
    const made = await house.keyring.createBackedUp({ ...tree, recipient }, house.operator())
    expect(made).toMatchObject({ key: { tree: 'bip32' }, backup: expect.stringMatching(/^0x/) as string })
    const { tree: _, ...single } = tree
    const without = house.keyring.createBackedUp({ ...single, recipient }, house.operator())
    await expect(without).rejects.toMatchObject({ code: 'not-supported' })
  })
})

describe('a creation with an id of its own', () => {
  it('is the same key however often it is asked for', async () => {
    const { tree: _, ...single } = tree
    for (const request of [tree, single]) {
      const id = newKeyId()
      const first = await house.keyring.create({ ...request, id }, house.operator())
      expect(first.id).toBe(id)
      expect(await house.keyring.create({ ...request, id }, house.operator())).toEqual(first)
    }
  })

  it('is no other kind of key', async () => {
    const { tree: _, ...single } = tree
    const { id } = await house.keyring.create({ ...tree, id: newKeyId() }, house.operator())
    const others: readonly CreateKey[] = [single, { ...tree, backend: 'random' }, { ...tree, network }]
    for (const request of others) {
      const other = { ...request, id }
      await expect(house.keyring.create(other, house.operator())).rejects.toMatchObject({ code: 'already-exists' })
    }
  })

  it('is for those who may create keys', async () => {
    const { id } = await house.keyring.create({ ...tree, id: newKeyId() }, house.operator())
    const nobody = house.as({ client: 'cli_00000000000000000000000000', name: 'app', scheme: 'api-key', grants: [] })
    await expect(house.keyring.create({ ...tree, id }, nobody)).rejects.toMatchObject({ code: 'denied' })
  })
})

test('the register fits together, children included', async () => {
  expect(await findings()).toEqual([])
})
