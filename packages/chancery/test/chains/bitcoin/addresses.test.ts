import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import { type BitcoinNetwork, knownNetworks } from '../../../src/chains/bitcoin/networks.ts'
import { addressText } from '../../../src/chains/bitcoin/scripts.ts'
import { refusalOf } from '../refusal.ts'
import { chain, ecdsaKey, mainnet, named, schnorrKey } from './wallet.ts'

const alphabets = [
  '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  'qpzry9x8gf2tvdw0s3jn54khce6mua7l',
] as const

const sizes = { p2pkh: 20, p2sh: 20, p2wpkh: 20, p2wsh: 32, p2tr: 32 } as const
const kinds = ['p2pkh', 'p2sh', 'p2wpkh', 'p2wsh', 'p2tr'] as const
/** Output keys must be points: deriving one costs a hundred times as much as all the rest. */
const points = Array.from({ length: 64 }, (_, i) => schnorrKey(`point ${i}`).bytes)

test.each(knownNetworks.map((one) => [`${one.symbol} ${one.networkName}`, one] as const))(
  '%s: addresses of any program are valid, and none with a character changed',
  (_, network) => {
    const kind = fc.constantFrom(...kinds.slice(0, network.bech32 === undefined ? 2 : 5))
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const cases = fc.record({ kind, bytes, at: fc.nat(99), by: fc.integer({ min: 1, max: 31 }) })
    const result = fc.check(
      fc.property(cases, (one) => {
        const point = points[(one.bytes[0] ?? 0) % points.length] ?? one.bytes
        const program = one.kind === 'p2tr' ? point : one.bytes.subarray(0, sizes[one.kind])
        const address = addressText({ kind: one.kind, program }, network)
        const read = chain.readAddress?.(address, network.network)
        const at = one.at % address.length
        const changed = changedAt(address, at, one.by, !['p2pkh', 'p2sh'].includes(one.kind))
        const other = chain.readAddress?.(changed, network.network)
        // Not expect: that costs more than all the rest, thousands of times.
        return read?.valid === true && read.form === one.kind && other?.valid === false
      }),
      { numRuns: 2_000 },
    )
    expect(result).toMatchObject({ failed: false, numRuns: 2_000, counterexample: null })
  },
)

function changedAt(address: string, at: number, by: number, bech32: boolean): string {
  const letters = alphabets[bech32 ? 1 : 0]
  const from = letters.indexOf(address.charAt(at))
  return address.slice(0, at) + letters.charAt((from + by) % letters.length) + address.slice(at + 1)
}

const taprootShare = 50

/** The forms of a network in turn, one in fifty of taproot: to tweak a key costs as much as ten other addresses. */
const ecdsaKeys = Array.from({ length: 10_000 }, (_, i) => ecdsaKey(`key ${i}`))
const schnorrKeys = Array.from({ length: 10_000 / taprootShare }, (_, i) => schnorrKey(`key ${i}`))

function derived({ network, forms }: BitcoinNetwork, i: number): { readonly address: string; readonly form: string } {
  const schnorr = i % taprootShare === 0 ? forms.find(({ algorithm }) => algorithm === 'secp256k1-schnorr') : undefined
  const ecdsa = forms.filter(({ algorithm }) => algorithm === 'secp256k1-ecdsa')
  const form = schnorr ?? ecdsa[i % ecdsa.length]
  const key = schnorr === undefined ? ecdsaKeys[i] : schnorrKeys[i / taprootShare]
  if (form === undefined || key === undefined) throw new Error('no form')
  return { address: chain.address(key, network, form.name), form: form.readsAs ?? form.name }
}

test.each(knownNetworks.map((one) => [`${one.symbol} ${one.networkName}`, one] as const))(
  '%s: 10,000 addresses derived from keys are valid, and none with a character changed',
  (_, network) => {
    const wrong: string[] = []
    for (let i = 0; i < 10_000; i++) {
      const { address, form } = derived(network, i)
      const read = chain.readAddress?.(address, network.network)
      const [at = 0, by = 0] = ecdsaKeys[i]?.bytes.subarray(-2) ?? []
      const changed = changedAt(address, at % address.length, 1 + (by % 31), form !== 'p2pkh' && form !== 'p2sh')
      const other = chain.readAddress?.(changed, network.network)
      if (read?.valid !== true || read.form !== form || other?.valid !== false) wrong.push(`${address} ${changed}`)
    }
    expect(wrong).toEqual([])
  },
  120_000,
)

test.each(knownNetworks.map((one) => [`${one.symbol} ${one.networkName}`, one] as const))(
  '%s: every form that keys have addresses in is its one spelling',
  (_, network) => {
    for (let i = 0; i < 50; i++) {
      const { address } = derived(network, i)
      expect(chain.parseAddress(address, 'to', network.network)).toBe(address)
    }
  },
)

const reasons: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'BTC',
    'mainnet',
    'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
    /another network, BTC testnet or BTC testnet4 or BTC signet/,
  ],
  ['BTC', 'mainnet', 'ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9', /another network, LTC mainnet/],
  ['BTC', 'mainnet', 'mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r', /another network, BTC testnet/],
  ['BTC', 'mainnet', 'LUxXFcwXFPpRZdMv4aYu6bDwPdC2skQ5YW', /another network, LTC mainnet/],
  ['BTC', 'mainnet', 'DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L', /another network, DOGE mainnet/],
  ['BTC', 'testnet', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', /another network, BTC mainnet/],
  ['BTC', 'mainnet', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', /checksum is wrong/],
  ['BTC', 'mainnet', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMJ', /checksum is wrong/],
  ['BTC', 'mainnet', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh', /wrong kind for a version 0/],
  ['BTC', 'mainnet', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd', /wrong kind for a version 1/],
  ['BTC', 'mainnet', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8F3T4', /mixes upper and lower/],
  ['BTC', 'mainnet', 'bc1sw50qgdz25j', /characters|26/],
  ['BTC', 'mainnet', 'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs', /witness version 2/],
  [
    'BTC',
    'mainnet',
    'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y',
    /has 40 bytes, not 32/,
  ],
  ['BTC', 'mainnet', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAM0', /characters that no address has/],
  ['BTC', 'mainnet', '', /0 characters/],
  ['BTC', 'mainnet', `bc1${'q'.repeat(200)}`, /203 characters/],
  ['LTC', 'mainnet', `ltcmweb1qq${'x'.repeat(100)}`, /extension block/],
  ['LTC', 'testnet', `tmweb1qq${'x'.repeat(100)}`, /extension block/],
  ['LTC', 'mainnet', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', /another network, BTC mainnet/],
  ['DOGE', 'mainnet', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', /no segwit/],
  ['DOGE', 'mainnet', 'doge1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', /no segwit/],
  ['DOGE', 'mainnet', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', /another network/],
]

test.each(reasons)('%s %s: %s is refused with a reason', (symbol, networkName, text, reason) => {
  const { network } = named(symbol, networkName)
  expect(chain.readAddress?.(text, network)).toEqual({ valid: false, reason: expect.stringMatching(reason) as string })
  const refusal = refusalOf(() => chain.parseAddress(text, 'to', network))
  expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'to' })
})

/** https://github.com/bitcoin/bips/blob/master/bip-0350.mediawiki, "Test vectors for v0-v16 native segregated witness addresses" */
test.each([
  ['BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 'p2wpkh'],
  ['tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7', 'p2wsh'],
  ['tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy', 'p2wsh'],
  ['tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c', 'p2tr'],
  ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0', 'p2tr'],
])('BIP-350: %s is valid', (text, form) => {
  const { network } = text.startsWith('tb') ? named('BTC', 'signet') : mainnet
  expect(chain.readAddress?.(text, network)).toEqual({ valid: true, form })
})

test.each([
  'tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut',
  'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd',
  'tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf',
  'BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh',
  'tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47',
  'bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4',
  'BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R',
  'bc1pw5dgrnzv',
  'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav',
  'BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P',
  'tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq',
  'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf',
  'tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j',
  'bc1gmk9yu',
])('BIP-350: %s is invalid on every network', (text) => {
  for (const { network } of knownNetworks) {
    expect(chain.readAddress?.(text, network)).toMatchObject({ valid: false, reason: expect.any(String) as string })
  }
})

/** Some 1 of 50,000 of Litecoin's P2PKH addresses: the prefix of its bech32 addresses, in letters of both cases or of one. */
test.each([
  ['LTc1345678xxxxxxxxxxxxxxxvyXAvWBAb', '5bec78e956984e42cd14ce76f054a952a6e80001'],
  ['LTC1234567xxxxxxxxxxxxxxxw56wN4txp', '5762797e3f7772925deb213e2480cb0ad6c00000'],
])('%s is Base58, though it begins as bech32 does', (text, hash) => {
  const litecoin = named('LTC', 'mainnet')
  expect(addressText({ kind: 'p2pkh', program: fromHex(`0x${hash}`) }, litecoin)).toBe(text)
  expect(chain.readAddress?.(text, litecoin.network)).toEqual({ valid: true, form: 'p2pkh' })
  expect(chain.readAddress?.(text, mainnet.network)).toEqual({
    valid: false,
    reason: 'it is of another network, LTC mainnet, not of BTC mainnet',
  })
})

test('Litecoin reads the version that scripts had before and writes the present one', () => {
  const { network } = named('LTC', 'mainnet')
  const old = addressText({ kind: 'p2sh', program: new Uint8Array(20).fill(7) }, mainnet)
  const now = addressText({ kind: 'p2sh', program: new Uint8Array(20).fill(7) }, named('LTC', 'mainnet'))
  expect(old).toMatch(/^3/)
  expect(now).toMatch(/^M/)
  expect(chain.readAddress?.(old, network)).toEqual({ valid: true, form: 'p2sh' })
  expect(chain.parseAddress(old, 'to', network)).toBe(now)
})

test('upper case is another spelling of the same', () => {
  const text = 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4'
  expect(chain.parseAddress(text, 'to', mainnet.network)).toBe(text.toLowerCase())
})

test('an output key that is no point of the curve is refused: nobody could spend it', () => {
  const program = new Uint8Array(32).fill(5)
  const off = [...Array(20).keys()].map((i) => program.with(31, i)).map((one) => textOf(one))
  expect(off.filter((one) => chain.readAddress?.(one, mainnet.network).valid === false)).not.toHaveLength(0)
})

function textOf(program: Uint8Array): string {
  return bech32m.encode('bc', [1, ...bech32m.toWords(program)])
}

test('a key of one algorithm has no address of the other', () => {
  expect(refusalOf(() => chain.address(ecdsaKey('a'), mainnet.network, 'p2tr'))).toMatchObject({ where: 'key' })
  expect(refusalOf(() => chain.address(schnorrKey('a'), named('DOGE', 'mainnet').network))).toMatchObject({
    where: 'key',
  })
  expect(refusalOf(() => chain.address(ecdsaKey('a'), named('DOGE', 'mainnet').network, 'p2wpkh'))).toMatchObject({
    where: 'form',
  })
})
