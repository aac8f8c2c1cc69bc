/** No address is shown before its key has signed and a second reader agreed (safety rule 13): what is paid there would be lost. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Secret } from '../../src/base/secret.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { KeyBackend, KeyCreator } from '../../src/core/backend.ts'
import type { Chain } from '../../src/core/chain.ts'
import type { RawSignature } from '../../src/core/payload.ts'
import { createSealed, type SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { callThatMay, openHouse, removeFolder, type TestHouse } from './house.ts'

const network = 'bip122:000000000933ea01ad0ee984209779ba'
const bitcoin = createBitcoin({ networks: [{ network }] })

let house: TestHouse
let keys: SealedBackend
let broken: 'nothing' | 'address' | 'signature' = 'nothing'

/** Derives the address of another form of the same key while it is broken: a valid one, which nobody here would look at. */
const chain: Chain = {
  ...bitcoin,
  address: (key, where, form) => bitcoin.address(key, where, broken === 'address' ? 'p2pkh' : form),
}

beforeAll(async () => {
  keys = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32).fill(9)), clock: systemClock })
  const kms: KeyBackend & Pick<KeyCreator, 'create'> = {
    name: 'aws-kms',
    algorithms: keys.algorithms,
    publicKey: (ref, deadline) => keys.publicKey(ref, deadline),
    sign: async (ref, cleared, deadline) => {
      const signature = await keys.sign(ref, cleared, deadline)
      return broken === 'signature' ? spoilt(signature) : signature
    },
    close: async () => {},
    create: (request, deadline) => keys.create(request, deadline),
  }
  house = await openHouse({ chains: [chain], extraBackends: [kms] })
})
afterAll(async () => {
  await house.close()
  await keys.close()
  await removeFolder(house)
})
beforeEach(() => {
  broken = 'nothing'
})

function spoilt(made: RawSignature): RawSignature {
  const bytes = made.bytes.slice()
  bytes[40] = (bytes[40] ?? 0) ^ 1
  return { ...made, bytes }
}

const call = () => callThatMay(house, 'wallets:read', 'wallets:create')

test.each([
  ['signature', 'native', 'bad-signature'],
  ['address', 'native', 'internal'],
  ['address', 'hd', 'internal'],
  ['address', 'sealed', 'internal'],
] as const)('a wrong %s of the tier %s leaves a wallet without one', async (what, tier, code) => {
  const request = { user: `${what} ${tier}`, asset: 'BTC', network, tier } as const
  broken = what
  await expect(house.wallets.create(request, call())).rejects.toMatchObject({ code })
  const [left] = (await house.wallets.list({ user: request.user }, { limit: 2 }, call())).wallets
  expect(left).toMatchObject({ status: 'CREATING' })
  expect(left?.row.address).toBeUndefined()
  broken = 'nothing'
  const made = await house.wallets.create(request, call())
  expect(made).toMatchObject({ status: 'CREATED', row: { id: left?.row.id } })
  expect(made.row.address).toMatch(/^tb1q/)
})
