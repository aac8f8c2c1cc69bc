/** Wallets on a whole house: made, found again, held against their keys, ended. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Grant } from '../../src/core/access.ts'
import type { Call } from '../../src/core/call.ts'
import type { Refused } from '../../src/core/errors.ts'
import { tiers, type CreateWallet } from '../../src/core/wallets.ts'
import { openHouse, removeFolder, type TestHouse } from './house.ts'

const bitcoinTest = 'bip122:000000000933ea01ad0ee984209779ba'
const litecoinTest = 'bip122:4966625a4b2851d9fdee139e56211a0d'
const dogecoinTest = 'bip122:bb0a78264637406b6360aad926284d54'
const sepolia = 'eip155:11155111'

const chains = [
  createBitcoin({ networks: [{ network: bitcoinTest }, { network: litecoinTest }, { network: dogecoinTest }] }),
  createEvm({ networks: [{ network: sepolia }], assets: [] }),
]

const rights: Grant = {
  operations: ['wallets:read', 'wallets:create', 'wallets:delete'],
  keys: '*',
  networks: '*',
}

let house: TestHouse
const call = (grants: readonly Grant[] = [rights]): Call =>
  house.as({ client: 'cli_00000000000000000000000000', name: 'exchange', grants, scheme: 'api-key' })

beforeAll(async () => {
  house = await openHouse({ chains })
})
afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

const refusal = async (work: Promise<unknown>): Promise<Refused> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Error && 'code' in error) return error as Refused
  throw new Error(`not refused: ${String(error)}`)
}

const places = [
  { asset: 'BTC', network: bitcoinTest, form: 'p2wpkh' },
  { asset: 'BTC', network: bitcoinTest, form: 'p2pkh' },
  { asset: 'BTC', network: bitcoinTest, form: 'p2sh-p2wpkh' },
  { asset: 'BTC', network: bitcoinTest, form: 'p2tr' },
  { asset: 'LTC', network: litecoinTest, form: 'p2wpkh' },
  { asset: 'LTC', network: litecoinTest, form: 'p2tr' },
  { asset: 'DOGE', network: dogecoinTest, form: 'p2pkh' },
  { asset: 'ETH', network: sepolia, form: 'eoa' },
] as const

describe.each(['sealed', 'hd'] as const)('of the tier %s', (tier) => {
  it.each(places)('a wallet of $asset with $form addresses', async ({ asset, network, form }) => {
    const user = `${tier} ${asset} ${form}`
    const request: CreateWallet = { user, asset, network, tier, ...(asset !== 'ETH' && { form }) }
    const made = await house.wallets.create(request, call())
    expect(made.status).toBe('CREATED')
    expect(made.row.address).toBeDefined()
    const again = await house.wallets.create(request, call())
    expect(again.row).toEqual(made.row)
    expect(await house.wallets.get(made.row.address ?? '', call())).toEqual(made)
    expect((await house.wallets.verify(made.row.id, call())).row.address).toBe(made.row.address)
    expect(house.wallets.checkAddress({ asset, network, address: made.row.address ?? '' }, call()).valid).toBe(true)
  })
})

it('a list asks for a network by its own name, and never shows one of several as if it were all', async () => {
  const list = (network: string, asset?: string) =>
    house.wallets.list({ network, ...(asset && { asset }) }, { limit: 50 }, call())
  expect((await refusal(list('goerli'))).particulars).toMatchObject({ where: 'network', got: 'goerli' })
  const several = await refusal(list('testnet'))
  expect(several).toMatchObject({ code: 'unknown-network', message: 'Several networks are called so' })
  expect(several.particulars.wanted).toContain(litecoinTest)
  expect((await list('testnet', 'LTC')).wallets.every(({ row }) => row.network === litecoinTest)).toBe(true)
  await expect(list('sepolia')).resolves.toMatchObject({ wallets: expect.any(Array) })
})

it('no plan has money moved because the service lacks the back-end of a key', async () => {
  const record = {
    userId: 'old',
    address: '0x8589427373D6D84E98730D7795D8f6f8731FDA16',
    asset: 'ETH',
    network: sepolia,
    kmsKeyId: 'arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000',
    providerId: 'old',
    status: 'CREATED',
    createdAt: '2024-01-01T00:00:00.000Z',
  }
  const plan = await house.wallets.planImport(record, house.operator())
  expect(plan).toMatchObject({ step: 'reach', problem: { particulars: { got: 'aws-kms' } } })
  expect(plan.problem?.particulars.hint).toContain('backends')
})

it('two who ask at once get one wallet, and one key', async () => {
  const before = house.state.current().keys.size
  const request = { user: 'twice', asset: 'BTC', network: bitcoinTest, tier: 'sealed' } as const
  const made = await Promise.all(Array.from({ length: 20 }, () => house.wallets.create(request, call())))
  expect(new Set(made.map(({ row }) => row.id)).size).toBe(1)
  expect(house.state.current().keys.size).toBe(before + 1)
})

it('a user who has a wallet gets no other one of another tier', async () => {
  const request = { user: 'other tier', asset: 'BTC', network: bitcoinTest } as const
  await house.wallets.create({ ...request, tier: 'sealed' }, call())
  const refused = await refusal(house.wallets.create({ ...request, tier: 'hd' }, call()))
  expect(refused.code).toBe('already-exists')
  expect(refused.particulars).toMatchObject({ where: 'tier', got: 'hd', wanted: 'sealed' })
  const taproot = await refusal(house.wallets.create({ ...request, tier: 'sealed', form: 'p2tr' }, call()))
  expect(taproot.particulars).toMatchObject({ where: 'addressType', got: 'p2tr', wanted: 'p2wpkh' })
})

it('a wallet is not answered with to who asked for it by another provider id', async () => {
  const request = { user: 'by name', asset: 'BTC', network: bitcoinTest, tier: 'sealed' } as const
  const made = await house.wallets.create({ ...request, providerId: 'first' }, call())
  const refused = await refusal(house.wallets.create({ ...request, providerId: 'second' }, call()))
  expect(refused.code).toBe('already-exists')
  expect(refused.particulars).toMatchObject({ where: 'providerId', got: 'second', wanted: 'first' })
  for (const again of [request, { ...request, providerId: 'first' }]) {
    expect((await house.wallets.create(again, call())).row).toEqual(made.row)
  }
})

it('says what it wants where tier, asset or network cannot be', async () => {
  const create = (request: Partial<CreateWallet>) =>
    refusal(house.wallets.create({ user: 'x', asset: 'BTC', network: bitcoinTest, tier: 'sealed', ...request }, call()))
  const unknown = await create({ asset: 'BTX' })
  expect(unknown.particulars.wanted).toContain('BTC')
  expect(unknown.particulars.hint, 'another coin is no slip').not.toContain('did you mean')
  expect((await create({ asset: 'ETH', network: 'goerli' })).particulars.hint).toContain('Sepolia')
  expect((await create({ tier: 'native' })).message).toContain('aws-kms')
  expect((await create({ asset: 'BTC', network: 'regtest' })).particulars.hint).toContain('networks')
  const form = await create({ asset: 'DOGE', network: dogecoinTest, form: 'p2wpkh' })
  expect(form).toMatchObject({ code: 'not-supported', particulars: { where: 'addressType', wanted: 'p2pkh' } })
  const { tier: _, ...untold } = { user: 'x', asset: 'BTC', network: bitcoinTest, tier: 'sealed' }
  expect((await refusal(house.wallets.create(untold, call()))).particulars.wanted).toBe(tiers.join(', '))
})

it('an address is unknown to who may not see wallets of its network', async () => {
  const made = await house.wallets.create({ user: 'seen', asset: 'BTC', network: bitcoinTest, tier: 'sealed' }, call())
  const elsewhere = call([{ ...rights, networks: [sepolia] }])
  expect((await refusal(house.wallets.get(made.row.id, elsewhere))).code).toBe('not-found')
})

it('gives wallets of a tree more addresses, each of its own', async () => {
  const made = await house.wallets.create({ user: 'many', asset: 'BTC', network: bitcoinTest, tier: 'hd' }, call())
  const given = await Promise.all(Array.from({ length: 5 }, () => house.wallets.newAddress(made.row.id, call())))
  expect(new Set(given.map(({ address }) => address)).size).toBe(5)
  const { addresses } = await house.wallets.addresses(made.row.id, { limit: 50 }, call())
  expect(addresses.map(({ branch, index }) => `${branch}/${index}`)).toEqual([
    ...Array.from({ length: 6 }, (_, index) => `0/${index}`),
    '1/0',
  ])
  for (const { address } of given) {
    expect((await house.wallets.get(address, call())).row.id).toBe(made.row.id)
  }
})

it('gives a wallet of accounts no second address: what came there nothing would pay out', async () => {
  const made = await house.wallets.create({ user: 'many', asset: 'ETH', network: sepolia, tier: 'hd' }, call())
  const refused = await refusal(house.wallets.newAddress(made.row.id, call()))
  expect(refused).toMatchObject({ code: 'not-supported', particulars: { got: 'ETH on sepolia' } })
})

it('ends a wallet after its window, and takes that back', async () => {
  const made = await house.wallets.create(
    { user: 'ending', asset: 'LTC', network: litecoinTest, tier: 'sealed' },
    call(),
  )
  const { id } = made.row
  expect((await refusal(house.wallets.scheduleDeletion(id, 7, false, call()))).particulars.where).toBe('empty')
  expect((await refusal(house.wallets.scheduleDeletion(id, 6, true, call()))).code).toBe('invalid-request')
  expect((await house.wallets.scheduleDeletion(id, 7, true, call())).status).toBe('PENDING_DELETION')
  expect((await refusal(house.wallets.purge(id, call()))).code).toBe('wallet-state')
  expect((await refusal(house.wallets.verify(id, call()))).code).toBe('wallet-state')
  expect((await house.wallets.cancelDeletion(id, call())).status).toBe('CREATED')
  expect((await house.wallets.verify(id, call())).row.address).toBe(made.row.address)
})

it('shows FROZEN while the wallet, its user or its asset is frozen', async () => {
  const made = await house.wallets.create({ user: 'cold', asset: 'BTC', network: bitcoinTest, tier: 'sealed' }, call())
  const { id } = made.row
  await house.freezing.freeze({ user: 'cold' }, house.operator())
  expect((await house.wallets.get(id, call())).status).toBe('FROZEN')
  const frozen = await house.wallets.list({ user: 'cold', status: 'FROZEN' }, { limit: 10 }, call())
  expect(frozen.wallets.map(({ row }) => row.id)).toEqual([id])
  expect((await house.wallets.list({ user: 'cold', status: 'CREATED' }, { limit: 10 }, call())).wallets).toEqual([])
  await house.freezing.thaw({ user: 'cold' }, house.operator())
  expect((await house.wallets.get(id, call())).status).toBe('CREATED')
})

it('says what kind of key an asset needs', () => {
  expect(house.wallets.getKeySpecForChain({ asset: 'BTC', tier: 'sealed' })).toMatchObject({
    family: 'bitcoin',
    algorithm: 'secp256k1-ecdsa',
  })
  expect(() => house.wallets.getKeySpecForChain({ asset: 'XMR' })).toThrow(/No chain that is loaded here signs/)
})

it('makes a key of the kind that its caller counts on, or none', async () => {
  const asked = { asset: 'BTC', network: bitcoinTest, tier: 'sealed' } as const
  const other = { ...asked, user: 'counted', keySpec: 'ECC_SECG_P256K1' }
  expect((await refusal(house.wallets.createKmsKey(other, call()))).particulars).toMatchObject({
    where: 'keySpec',
    wanted: 'secp256k1-ecdsa',
  })
  expect((await house.wallets.list({ user: 'counted' }, { limit: 1 }, call())).wallets).toEqual([])
  const made = await house.wallets.createKmsKey({ ...other, keySpec: 'secp256k1-ecdsa' }, call())
  expect(made.status).toBe('CREATED')
})

it('a wallet is found by its address as people write it', async () => {
  const request = { user: 'written', asset: 'ETH', network: sepolia, tier: 'sealed' } as const
  const written = [
    [(await house.wallets.create(request, call())).row, (text: string) => text.toLowerCase()],
    [
      (await house.wallets.create({ ...request, asset: 'BTC', network: bitcoinTest }, call())).row,
      (text: string) => text.toUpperCase(),
    ],
  ] as const
  for (const [row, write] of written) {
    const address = write(String(row.address))
    expect((await house.wallets.get(address, call())).row).toEqual(row)
    const { wallets } = await house.wallets.list({ address }, { limit: 2 }, call())
    expect(wallets.map((one) => one.row)).toEqual([row])
  }
})

it('a name that no wallet can have is told apart from one that is not there, and is not repeated', async () => {
  const made = await house.wallets.create({ user: 'named', asset: 'BTC', network: bitcoinTest, tier: 'sealed' }, call())
  const address = made.row.address ?? ''
  for (const name of [made.row.id.slice(0, -1), address.slice(0, -1), `${address}q`, 'named']) {
    const refused = await refusal(house.wallets.get(name, call()))
    expect(refused).toMatchObject({ code: 'not-found', particulars: { where: 'wallet', wanted: expect.anything() } })
    expect(JSON.stringify([refused.message, refused.particulars])).not.toContain(name)
  }
})
