// Any transaction of ours is signed as the library signs it, and what goes in is what comes out and the fee.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { PSBTGlobal } from '@scure/btc-signer/psbt.js'
import { knownNetworks } from '../../../src/chains/bitcoin/networks.ts'
import { readMaps, withPair, writeMaps } from '../../../src/chains/bitcoin/psbt-maps.ts'
import { ecdsaKey, mainnet, ownOf, privateKeyOf, psbtOf, run, textOf, unsigned } from './wallet.ts'

const alice = ecdsaKey('alice')

test('any transaction', () => {
  const amounts = fc.bigInt({ min: 1n, max: 1_000_000_000_000n })
  const orders = fc.record({
    network: fc.constantFrom(...knownNetworks),
    coins: fc.array(fc.record({ form: fc.nat(2), amount: amounts }), { minLength: 1, maxLength: 6 }),
    outputs: fc.array(fc.record({ own: fc.boolean(), form: fc.nat(2), share: fc.bigInt(1n, 100n) }), {
      minLength: 1,
      maxLength: 6,
    }),
    version: fc.constantFrom(0, 2),
    sequence: fc.constantFrom(0xffffffff, 0xfffffffe, 0xfffffffd, 0),
    lockTime: fc.constantFrom(0, 1, 499_999_999, 500_000_000),
  })
  fc.assert(
    fc.property(orders, ({ network, coins, outputs, version, sequence, lockTime }) => {
      const forms = network.bech32 === undefined ? (['p2pkh'] as const) : (['p2wpkh', 'p2pkh', 'p2sh-p2wpkh'] as const)
      const form = (n: number) => forms[n % forms.length] ?? 'p2pkh'
      const spent = coins.map((coin, number) => ({
        own: ownOf(alice, form(coin.form), network),
        amount: coin.amount,
        number,
      }))
      const total = spent.reduce((sum, { amount }) => sum + amount, 0n)
      const paid = outputs.map((one) => {
        const { script } = ownOf(one.own ? alice : ecdsaKey('bob'), form(one.form), network)
        return { script, amount: (total * one.share) / 1_000n }
      })
      const order = { coins: spent, outputs: paid, version, sequence, lockTime } as const
      const { signed, facts } = run({ psbt: psbtOf(order), key: alice, network }, ['alice'])
      const peer = unsigned(order)
      peer.sign(privateKeyOf('alice'))
      peer.finalize()
      expect(toHex(signed.raw ?? new Uint8Array())).toBe(toHex(peer.extract()))
      const out = paid.reduce((sum, { amount }) => sum + amount, 0n)
      expect((facts.fee?.max ?? 0n) + out).toBe(total)
      const leaving = facts.effects.reduce((sum, one) => (one.kind === 'transfer' ? sum + one.amount : sum), 0n)
      const external = paid.filter((_, i) => outputs[i]?.own === false)
      const judged = external.length === 0 ? paid : external
      expect(leaving).toBe(judged.reduce((sum, { amount }) => sum + amount, 0n))
      expect(facts.claims).toHaveLength(spent.length)
    }),
    { numRuns: 150 },
  )
})

/** https://github.com/bitcoin/bips/blob/master/bip-0370.mediawiki, PSBT_GLOBAL_TX_MODIFIABLE. */
test.each([
  ['ALL', 0x01, 3, 0],
  ['NONE', 0x02, 3, 2],
  ['SINGLE', 0x03, 3, 4],
  ['ALL|ANYONECANPAY', 0x81, 3, 1],
  ['NONE|ANYONECANPAY', 0x82, 3, 3],
  ['ALL, of what is fixed already', 0x01, 0, 0],
])('signing with %s says what may still change', (_, sighashType, before, after) => {
  const own = ownOf(alice, 'p2wpkh')
  const coins = [{ own, amount: 20_000n }]
  const outputs = [{ script: ownOf(ecdsaKey('bob'), 'p2wpkh', mainnet).script, amount: 19_000n }]
  const maps = readMaps(Buffer.from(psbtOf({ coins, outputs, sighashType, version: 2 }), 'base64'), 'psbt')
  const pair = { type: PSBTGlobal.txModifiable[0], keyData: new Uint8Array(), value: Uint8Array.of(before) }
  const asked = writeMaps(maps.map((map, i) => (i === 0 ? withPair(map, pair) : map)))
  const { signed } = run({ psbt: Buffer.from(asked).toString('base64'), key: alice }, ['alice'])
  const [global = []] = readMaps(Uint8Array.from(Buffer.from(textOf(signed.result.psbt), 'base64')), 'psbt')
  expect(global.find(({ type }) => type === pair.type)?.value).toEqual(Uint8Array.of(after))
})
