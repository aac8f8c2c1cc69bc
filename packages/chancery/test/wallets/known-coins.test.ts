/** What is asked of coins by any name they have: which key they need, and whether a text is an address of theirs (P-08, P-11). */
import { describe, expect, test } from 'vitest'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { KeyBackend } from '../../src/core/backend.ts'
import type { Chain } from '../../src/core/chain.ts'
import type { CreateKmsKey } from '../../src/core/wallets.ts'
import { algorithms, keySpecOf, pairSpecNameOf } from '../../src/keys/aws/specs.ts'
import { placeOf } from '../../src/wallets/assets.ts'
import { checkAddress } from '../../src/wallets/check-address.ts'
import { getKeySpecForChain, requireKeySpec } from '../../src/wallets/key-specs.ts'
import { refusalOf } from '../chains/refusal.ts'

const bitcoinTest = 'bip122:000000000933ea01ad0ee984209779ba'
const algorandTest = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
const algorandMain = 'algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k'

/** Ethereum's test network alone: neither BNB Smart Chain nor Polygon is configured. */
const chains: readonly Chain[] = [
  createBitcoin({ networks: [{ network: bitcoinTest }] }),
  createEvm({ networks: [{ network: 'eip155:11155111' }], assets: [] }),
  createAlgorand({ networks: [{ network: algorandTest }] }),
]

const unused = () => Promise.reject(new Error('this test asks no back-end'))
const keeping = (name: string, more: Partial<KeyBackend> & { readonly extendedPublicKey?: unknown }) => {
  const bare: KeyBackend = { name, algorithms, publicKey: unused, sign: unused, close: async () => {} }
  return { ...bare, ...more }
}
const all = [...algorithms, { algorithm: 'secp256k1-schnorr', random: false }] as const
const backends = [
  keeping('aws-kms', { keySpec: keySpecOf }),
  keeping('aws-data-key', { algorithms: all, keySpec: pairSpecNameOf }),
  keeping('sealed', { algorithms: all, extendedPublicKey: unused }),
]

const roomsOf = (some: readonly Chain[]) => ({
  chains: new Map(some.map((chain) => [chain.id, chain])),
  backends: new Map(backends.map((backend) => [backend.name, backend])),
  settings: { gap: 20, networks: {}, tokens: [] },
})
const rooms = roomsOf(chains)
const specOf = (asset: string, more: { tier?: 'native' | 'datakey' | 'hd'; form?: string } = {}) =>
  getKeySpecForChain(rooms, { asset, ...more })

describe('the kind of key', () => {
  test.each([
    ['UTXO', 'bitcoin'],
    ['BTC', 'bitcoin'],
    ['LTC', 'bitcoin'],
    ['DOGE', 'bitcoin'],
    ['EVM', 'evm'],
    ['ETH', 'evm'],
    ['bnb', 'evm'],
    ['POL', 'evm'],
  ])('of %s is that of its family, on whatever network', (asset, family) => {
    expect(specOf(asset)).toEqual({
      family,
      tier: 'native',
      backend: 'aws-kms',
      algorithm: 'secp256k1-ecdsa',
      keySpec: 'ECC_SECG_P256K1',
    })
  })

  test.each([
    ['BSC', 'The coin of BNB Smart Chain is BNB: its symbol here is BNB'],
    ['POLYGON', 'The coin of Polygon is POL: its symbol here is POL'],
    ['matic', 'MATIC became POL in September 2024: its symbol here is POL'],
  ])('of %s is told with the name it has now', (asset, hint) => {
    expect(specOf(asset)).toMatchObject({ family: 'evm', keySpec: 'ECC_SECG_P256K1', hint })
  })

  test('of ALGO is Ed25519, in a KMS, as a data key or sealed, and on no branch of a seed', () => {
    const algorithm = 'ed25519'
    expect(specOf('ALGO')).toEqual({
      family: 'algorand',
      tier: 'native',
      backend: 'aws-kms',
      algorithm,
      keySpec: 'ECC_NIST_EDWARDS25519',
    })
    expect(specOf('ALGO', { tier: 'datakey' })).toMatchObject({ algorithm, keySpec: 'ECC_NIST_EDWARDS25519' })
    const refusal = refusalOf(() => specOf('ALGO', { tier: 'hd' }))
    expect(refusal).toMatchObject({ code: 'not-supported', wanted: 'native, datakey, sealed' })
  })

  test('of taproot is one that no KMS has', () => {
    const refusal = refusalOf(() => specOf('UTXO', { form: 'p2tr' }))
    expect(refusal).toMatchObject({ code: 'not-supported', wanted: 'datakey, hd, sealed' })
    expect(specOf('BTC', { tier: 'hd', form: 'p2tr' }).algorithm).toBe('secp256k1-schnorr')
  })

  test.each(['XRP', 'SOL', 'ADA', 'XMR', 'toString'])('of %s is not known: no chain here signs for it', (asset) => {
    const refusal = refusalOf(() => specOf(asset))
    expect(refusal).toMatchObject({ code: 'not-supported', message: expect.stringContaining('No chain') as string })
    expect(refusal).toMatchObject({
      where: 'asset',
      got: asset,
      wanted: 'BTC, LTC, DOGE, UTXO, ETH, BNB, POL, EVM, ALGO',
    })
  })

  test('of a chain that is not loaded is not known', () => {
    const bare = roomsOf(chains.slice(0, 1))
    expect(refusalOf(() => getKeySpecForChain(bare, { asset: 'ALGO' })).code).toBe('not-supported')
  })
})

describe('a kind of key that the caller counts on', () => {
  const counted = (keySpec: string, more: Partial<CreateKmsKey> = {}) =>
    requireKeySpec(rooms, { user: '1', asset: 'BTC', tier: 'native', keySpec, ...more })

  test.each(['ECC_SECG_P256K1', 'ECC_SECG_P256_K1', 'secp256k1-ecdsa'])(
    'is taken where it is %s, as used here',
    (name) => {
      expect(() => counted(name)).not.toThrow()
    },
  )

  test('may be one of the algorithm where the back-end has no name of its own', () => {
    expect(() => counted('secp256k1-ecdsa', { tier: 'hd' })).not.toThrow()
    const refusal = refusalOf(() => counted('ECC_SECG_P256K1', { tier: 'hd' }))
    expect(refusal).toMatchObject({ where: 'keySpec', got: 'ECC_SECG_P256K1', wanted: 'secp256k1-ecdsa' })
  })

  test.each(['ECC_NIST_P256', 'RSA_2048', 'ECC_NIST_EDWARDS25519', 'SYMMETRIC_DEFAULT'])('is refused as %s', (name) => {
    expect(refusalOf(() => counted(name))).toMatchObject({
      code: 'not-supported',
      where: 'keySpec',
      got: name,
      wanted: 'ECC_SECG_P256K1 or secp256k1-ecdsa',
    })
  })
})

/** Of the SDK's documentation of addresses. https://developer.algorand.org/docs/get-details/accounts/ */
const algorandAddress = '7ZUECA7HFLZTXENRV24SHLU4AVPUTMTTDUFUBNBD64C73F3UHRTHAIOF6Q'

describe('an address', () => {
  const check = (asset: string, address: string, network?: string) =>
    checkAddress(rooms, { asset, address, ...(network !== undefined && { network }) })

  test('of ALGO is judged by its chain, though no wallets are made of it', () => {
    const valid = { valid: true, form: 'account', network: algorandTest }
    for (const network of [undefined, 'testnet', algorandTest]) {
      expect(check('ALGO', algorandAddress, network)).toEqual(valid)
    }
    const changed = algorandAddress.replace(/^7/, 'A')
    expect(check('algo', changed)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('checksum') as string,
    })
    expect(refusalOf(() => check('ALGO', algorandAddress, 'mainnet'))).toMatchObject({ code: 'unknown-network' })
  })

  test('of ALGO names its network where there are several', () => {
    const both = roomsOf([createAlgorand({ networks: [{ network: algorandTest }, { network: algorandMain }] })])
    const asked = { asset: 'ALGO', address: algorandAddress }
    expect(refusalOf(() => checkAddress(both, asked)).wanted).toContain(`mainnet (${algorandMain})`)
    expect(checkAddress(both, { ...asked, network: 'mainnet' })).toMatchObject({ valid: true, network: algorandMain })
  })

  test('of a coin that is served on no network is not judged', () => {
    expect(refusalOf(() => check('POL', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'))).toMatchObject({
      code: 'not-supported',
    })
  })
})

test('a wallet of MATIC is refused with the name that its coin has now', () => {
  const refusal = refusalOf(() => placeOf(rooms, 'MATIC', 'mainnet'))
  expect(refusal).toMatchObject({
    where: 'asset',
    got: 'MATIC',
    hint: 'MATIC became POL in September 2024: its symbol here is POL',
  })
})
