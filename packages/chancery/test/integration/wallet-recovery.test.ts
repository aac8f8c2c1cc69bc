/** Wallets of a seed are found again from its words by a library that shares no code with the service's derivation of addresses. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { HDKey } from '@scure/bip32'
import { mnemonicToSeedSync } from '@scure/bip39'
import * as btc from '@scure/btc-signer'
import { readFileSync } from 'node:fs'
import { publicKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { knownNetworks, networkOf } from '../../src/chains/bitcoin/networks.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { WalletView } from '../../src/core/wallets.ts'
import { callThatMay, openHouse, removeFolder, type TestHouse } from './house.ts'

const bitcoin = 'bip122:000000000019d6689c085ae165831e93' as const
const litecoin = 'bip122:12a765e31ffd4059bada1e25190f6e98' as const
const dogecoin = 'bip122:1a91e3dace36e2be3bf030a65679fe82' as const
const ethereum = 'eip155:1' as const
/** A seed of its own for each family: a key is one family's for good. The first are the words of the vectors of BIP-84. */
const mnemonics = {
  bitcoin: `${'abandon '.repeat(11)}about`,
  evm: 'legal winner thank year wave sausage worth useful legal winner thank yellow',
}
const rootOf = (mnemonic: string) => HDKey.fromMasterSeed(mnemonicToSeedSync(mnemonic))
const roots = { bitcoin: rootOf(mnemonics.bitcoin), evm: rootOf(mnemonics.evm) }

let house: TestHouse

beforeAll(async () => {
  house = await openHouse({
    chains: [
      createBitcoin({ networks: [bitcoin, litecoin, dogecoin].map((network) => ({ network })) }),
      createEvm({ networks: [{ network: ethereum }], assets: [] }),
    ],
  })
  for (const [family, mnemonic] of Object.entries(mnemonics)) {
    const secret = { format: 'mnemonic', mnemonic, path: 'm' } as const
    const key = { backend: 'sealed', family, kind: 'decoded', tree: 'bip32', alias: `wallets-${family}` } as const
    await house.keyring.import({ ...key, secret }, house.operator())
  }
})
afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

const call = () => callThatMay(house, 'wallets:read', 'wallets:create')

function create(
  user: string,
  asset: string,
  network: WalletView['row']['network'],
  form?: string,
): Promise<WalletView> {
  return house.wallets.create({ user, asset, network, tier: 'hd', ...(form && { form }) }, call())
}

/** As a standard tool derives it: from the words and the path alone. */
function addressAt(path: string, network: WalletView['row']['network'], form: string): string | undefined {
  const { publicKey } = (form === 'account' ? roots.evm : roots.bitcoin).derive(path)
  if (publicKey === null) throw new Error(`nothing at ${path}`)
  if (form === 'account') return publicKeyToAddress(toHex(secp256k1.Point.fromBytes(publicKey).toBytes(false)))
  const { pubKeyHash, scriptHash, bech32 = '' } = networkOf(network)
  const coin = { bech32, pubKeyHash, scriptHash, wif: 0 }
  if (form === 'p2pkh') return btc.p2pkh(publicKey, coin).address
  if (form === 'p2sh-p2wpkh') return btc.p2sh(btc.p2wpkh(publicKey, coin), coin).address
  if (form === 'p2tr') return btc.p2tr(publicKey.subarray(1), undefined, coin).address
  return btc.p2wpkh(publicKey, coin).address
}

const places = [
  { asset: 'BTC', network: bitcoin, form: 'p2wpkh', branch: "m/84'/0'" },
  { asset: 'BTC', network: bitcoin, form: 'p2pkh', branch: "m/44'/0'" },
  { asset: 'BTC', network: bitcoin, form: 'p2sh-p2wpkh', branch: "m/49'/0'" },
  { asset: 'BTC', network: bitcoin, form: 'p2tr', branch: "m/86'/0'" },
  { asset: 'LTC', network: litecoin, form: 'p2wpkh', branch: "m/84'/2'" },
  { asset: 'LTC', network: litecoin, form: 'p2pkh', branch: "m/44'/2'" },
  { asset: 'LTC', network: litecoin, form: 'p2sh-p2wpkh', branch: "m/49'/2'" },
  { asset: 'LTC', network: litecoin, form: 'p2tr', branch: "m/86'/2'" },
  { asset: 'DOGE', network: dogecoin, form: 'p2pkh', branch: "m/44'/3'" },
  { asset: 'ETH', network: ethereum, form: 'account', branch: "m/44'/60'" },
] as const

describe('from its words alone', () => {
  test('the first wallet of a seed is that of the vectors', async () => {
    const { row, path } = await create('first', 'BTC', bitcoin)
    expect({ path, address: row.address }).toEqual({
      path: "m/84'/0'/0'",
      address: 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu',
    })
  })

  test.each(places)('$asset with $form addresses, at $branch', async ({ asset, network, form, branch }) => {
    const { row, path = '' } = await create(`${asset} ${form}`, asset, network, form)
    expect(path).toBe(`${branch}/${row.account}'`)
    expect(row.address).toBe(addressAt(`${path}/0/0`, network, form))
    if (form !== 'account') await house.wallets.newAddress(row.id, call())
    const { addresses } = await house.wallets.addresses(row.id, { limit: 10 }, call())
    expect(addresses.length).toBe(form === 'account' ? 2 : 3)
    for (const one of addresses) expect(one.address).toBe(addressAt(one.path, network, form))
  })
})

test('the page tells the path of every form of every coin', () => {
  const page = readFileSync(new URL('../../../../docs/wallets-recovery.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| (\w+) \| `([\w-]+)` \| `m\/(\d+)'\/(\d+)'\//gm)].map((found) =>
    found.slice(1).join(' '),
  )
  const made = places.map(({ asset, form, branch }) => `${asset} ${form} ${branch.replaceAll(/[m/']+/g, ' ').trim()}`)
  expect(told.toSorted()).toEqual(made.toSorted())
  const utxo = knownNetworks.filter(({ networkName }) => networkName === 'mainnet')
  const known = utxo.flatMap(({ symbol, coinType, forms }) =>
    forms.map(({ name, purpose }) => `${symbol} ${name} ${purpose} ${coinType}`),
  )
  expect(told.toSorted()).toEqual([...known, 'ETH account 44 60'].toSorted())
})
