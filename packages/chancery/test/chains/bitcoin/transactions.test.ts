import { Transaction } from '@scure/btc-signer/transaction.js'
import { describe, expect, test } from 'vitest'
import { fromHex, sha256, sha256Hex, toHex } from '../../../src/base/bytes.ts'
import { nativeAsset } from '../../../src/chains/bitcoin/networks.ts'
import { Refused } from '../../../src/core/errors.ts'
import {
  chain,
  ecdsaKey,
  funding,
  mainnet,
  named,
  ownOf,
  parse,
  privateKeyOf,
  psbtOf,
  run,
  schnorrKey,
  textOf,
  unsigned,
} from './wallet.ts'

const alice = ecdsaKey('alice')
const bob = ownOf(ecdsaKey('bob'), 'p2wpkh')

const spends = [
  ['BTC', 'mainnet', 'p2wpkh'],
  ['BTC', 'mainnet', 'p2pkh'],
  ['BTC', 'mainnet', 'p2sh-p2wpkh'],
  ['BTC', 'mainnet', 'p2tr'],
  ['BTC', 'regtest', 'p2wpkh'],
  ['LTC', 'mainnet', 'p2wpkh'],
  ['LTC', 'mainnet', 'p2sh-p2wpkh'],
  ['LTC', 'regtest', 'p2tr'],
  ['DOGE', 'mainnet', 'p2pkh'],
  ['DOGE', 'testnet', 'p2pkh'],
] as const

describe.each(spends)('a payment of %s %s from %s', (symbol, networkName, form) => {
  const network = named(symbol, networkName)
  const key = form === 'p2tr' ? schnorrKey('alice') : alice
  const own = ownOf(key, form, network)
  const to = ownOf(ecdsaKey('bob'), symbol === 'DOGE' ? 'p2pkh' : 'p2wpkh', network)
  const order = {
    coins: [
      { own, amount: 60_000_000n },
      { own, amount: 50_000_000n, number: 1 },
    ],
    outputs: [
      { script: to.script, amount: 70_000_000n },
      { script: own.script, amount: 39_000_000n },
    ],
  }

  test.each([0, 2] as const)('in a PSBT of version %i is what the library signs, and valid to it', (version) => {
    const { signed, facts } = run({ psbt: psbtOf({ ...order, version }), key, network }, ['alice'])
    expect(signed.result).toMatchObject({ complete: true })
    const peer = unsigned(order)
    peer.sign(privateKeyOf('alice'))
    peer.finalize()
    expect(signed.hash).toBe(`0x${peer.id}`)
    if (form !== 'p2tr') expect(toHex(signed.raw ?? new Uint8Array())).toBe(toHex(peer.extract()))
    const asset = nativeAsset(network)
    expect(facts.effects).toEqual([{ kind: 'transfer', asset, amount: 70_000_000n, to: to.address }])
    expect(facts.fee).toEqual({ asset, max: 1_000_000n })
    expect(signed.result.rawTransaction).toBe(toHex(signed.raw ?? new Uint8Array()))
  })

  test('can be finished by the library from the PSBT alone', () => {
    const { signed } = run({ psbt: psbtOf(order), key, network }, ['alice'])
    const peer = Transaction.fromPSBT(Buffer.from(textOf(signed.result.psbt), 'base64'), { allowUnknownInputs: true })
    peer.finalize()
    expect(toHex(peer.extract())).toBe(toHex(signed.raw ?? new Uint8Array()))
    expect(signed.result).toMatchObject({ txid: peer.id, virtualSize: peer.vsize })
    const hash = Buffer.from(sha256(sha256(peer.extract())).toReversed()).toString('hex')
    expect(signed.result.witnessHash).toBe(hash)
  })

  test('claims each coin under its address, and the transaction without its proofs', () => {
    const { facts, intent } = run({ psbt: psbtOf(order), key, network }, ['alice'])
    const root = sha256Hex(unsigned(order).unsignedTx)
    const scope = `${own.address}@${network.network}`
    const outpoints = order.coins.map((coin) => {
      return `0x${Buffer.from(funding(coin).txid.toReversed()).toString('hex')}00000001`
    })
    expect(facts.claims).toEqual(outpoints.map((outpoint) => ({ kind: 'outpoint', scope, outpoint, root })))
    expect(intent.summary).toMatchObject({ symbol, networkName, fee: '1000000', change: '39000000' })
  })
})

describe('what comes back', () => {
  const own = ownOf(alice, 'p2wpkh')
  const coins = [{ own, amount: 100_000n }]

  test('to another form of the same key is change', () => {
    const outputs = [
      { script: bob.script, amount: 10_000n },
      { script: ownOf(alice, 'p2sh-p2wpkh').script, amount: 80_000n },
    ]
    const { facts } = run({ psbt: psbtOf({ coins, outputs }), key: alice }, ['alice'])
    expect(facts.effects).toHaveLength(1)
  })

  test('is what is judged where nothing leaves: a consolidation has an effect too', () => {
    const outputs = [{ script: own.script, amount: 90_000n }]
    const { facts } = run({ psbt: psbtOf({ coins, outputs }), key: alice }, ['alice'])
    const asset = nativeAsset(mainnet)
    expect(facts.effects).toEqual([{ kind: 'transfer', asset, amount: 90_000n, to: own.address }])
  })

  test('a derivation in the PSBT makes nothing ours', () => {
    const made = unsigned({ coins, outputs: [] })
    made.addOutput({
      script: bob.script,
      amount: 90_000n,
      bip32Derivation: [[alice.bytes, { fingerprint: 1, path: [0] }]],
    })
    const psbt = Buffer.from(made.toPSBT(0)).toString('base64')
    const { facts } = run({ psbt, key: alice }, ['alice'])
    expect(facts.effects).toMatchObject([{ kind: 'transfer', to: bob.address }])
  })
})

test('an OP_RETURN says something for ever: it is denied unless a rule names it', () => {
  const own = ownOf(alice, 'p2wpkh')
  const data = Uint8Array.of(0x6a, 2, 1, 2)
  const outputs = [
    { script: bob.script, amount: 10_000n },
    { script: data, amount: 0n },
  ]
  const { facts, intent } = run({ psbt: psbtOf({ coins: [{ own, amount: 20_000n }], outputs }), key: alice }, ['alice'])
  expect(facts.effects).toMatchObject([{ kind: 'transfer' }, { kind: 'authority', what: 'op_return' }])
  expect(intent.summary.outputs).toMatchObject([{}, { data: '0x6a020102' }])
})

test.each([
  [0x02, 'NONE'],
  [0x03, 'SINGLE'],
  [0x81, 'ALL|ANYONECANPAY'],
  [0x82, 'NONE|ANYONECANPAY'],
  [0x83, 'SINGLE|ANYONECANPAY'],
])('a hash of type %i is an authority of its own, and made as the library makes it', (sighashType, name) => {
  for (const form of ['p2pkh', 'p2wpkh', 'p2tr']) {
    const key = form === 'p2tr' ? schnorrKey('alice') : alice
    const own = ownOf(key, form)
    const order = {
      coins: [
        { own, amount: 20_000n },
        { own, amount: 30_000n, number: 1 },
      ],
      outputs: [
        { script: bob.script, amount: 10_000n },
        { script: bob.script, amount: 11_000n },
      ],
      sighashType,
    }
    const { facts, signed } = run({ psbt: psbtOf(order), key }, ['alice'])
    expect(facts.effects.at(-1)).toEqual({ kind: 'authority', what: `sighash ${name}` })
    const peer = unsigned(order)
    peer.sign(privateKeyOf('alice'), [sighashType])
    peer.finalize()
    expect(signed.hash).toBe(`0x${peer.id}`)
    if (form !== 'p2tr') expect(signed.result.rawTransaction).toBe(toHex(peer.extract()))
  }
})

describe('a script that three keys share', () => {
  const names = ['one', 'two', 'three']
  const keys = names.map(ecdsaKey).toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
  const multisig = { threshold: 2, publicKeys: keys.map(({ bytes }) => bytes) }
  const key = ecdsaKey('one')
  const own = ownOf(key, 'p2wsh', mainnet, { multisig })
  const outputs = [
    { script: bob.script, amount: 10_000n },
    { script: own.script, amount: 9_000n },
  ]
  const psbt = psbtOf({ coins: [{ own, amount: 20_000n }], outputs })

  test('is signed by one after the other, under one claim, and the library reads the result', () => {
    const first = run({ psbt, key, own: { multisig } }, ['one'])
    expect(first.signed).toEqual({ result: { psbt: expect.any(String) as string, complete: false } })
    const second = run({ psbt: textOf(first.signed.result.psbt), key: ecdsaKey('two'), own: { multisig } }, ['two'])
    expect(second.signed.result).toMatchObject({ complete: true })
    expect(second.facts.claims).toEqual(first.facts.claims)
    const peer = unsigned({ coins: [{ own, amount: 20_000n }], outputs })
    peer.sign(privateKeyOf('one'))
    peer.sign(privateKeyOf('two'))
    peer.finalize()
    expect(second.signed.result.rawTransaction).toBe(toHex(peer.extract()))
  })

  test('may be stated by who asks: then it is signed for, and what goes back to it is a payment', () => {
    const stated = { threshold: 2, publicKeys: keys.map(({ bytes }) => toHex(bytes)) }
    const first = run({ psbt, key, multisig: stated }, ['one'])
    expect(first.facts.effects).toMatchObject([{ to: bob.address }, { kind: 'transfer', to: own.address }])
    const second = run({ psbt: textOf(first.signed.result.psbt), key: ecdsaKey('two'), multisig: stated }, ['two'])
    expect(second.signed.result).toMatchObject({ complete: true })
    expect(second.facts.claims).toEqual(first.facts.claims)
  })

  test.each([
    ['of a wallet, whose record says it', { own: { multisig } }, {}],
    ['that is another one', {}, { threshold: 1 }],
    ['without this key', { key: ecdsaKey('four') }, {}],
    ['with a key that is none', {}, { publicKeys: ['0x02'] }],
    ['with more to say', {}, { more: 1 }],
  ])('is not stated %s', (_, asked, more) => {
    const stated = { threshold: 2, publicKeys: keys.map(({ bytes }) => toHex(bytes)), ...more }
    expect(() => parse({ psbt, key, multisig: stated, ...asked })).toThrow(Refused)
  })

  test('change goes to the shared script alone: one of the keys gets nothing unseen', () => {
    const alone = ownOf(key, 'p2wpkh')
    const paid = [bob, alone].map(({ script }) => ({ script, amount: 9_000n }))
    const order = { coins: [{ own, amount: 20_000n }], outputs: paid }
    const { facts } = run({ psbt: psbtOf(order), key, own: { multisig } }, ['one'])
    expect(facts.effects).toMatchObject([{ to: bob.address }, { kind: 'transfer', to: alone.address }])
  })
})

describe('a tree', () => {
  const children = [
    { path: [0, 0], publicKey: ecdsaKey('child 0') },
    { path: [0, 1], publicKey: ecdsaKey('child 1') },
    { path: [0, 2], publicKey: schnorrKey('child 2') },
  ]
  const root = ecdsaKey('root')
  const own = { children }

  test('signs by its children, each by its own path, and taproot by its tweak', () => {
    const coins = [
      { own: ownOf(root, 'p2wpkh', mainnet, own), amount: 10_000n },
      { own: ownOf(root, 'p2tr', mainnet, own), amount: 10_000n },
    ]
    const order = { coins, outputs: [{ script: bob.script, amount: 19_000n }] }
    const { payloads, signed } = run({ psbt: psbtOf(order), key: root, own }, ['child 0', 'child 2'])
    expect(payloads.map(({ signer }) => signer?.path)).toEqual([
      [0, 0],
      [0, 2],
    ])
    expect(payloads[0]?.signer).toEqual({ path: [0, 0], publicKey: children[0]?.publicKey })
    expect(payloads[1]?.signer?.tweak).toHaveLength(32)
    expect(signed.result).toMatchObject({ complete: true })
  })

  test('owns nothing by its root', () => {
    const order = {
      coins: [{ own: ownOf(root, 'p2wpkh'), amount: 10_000n }],
      outputs: [{ script: bob.script, amount: 9_000n }],
    }
    expect(() => parse({ psbt: psbtOf(order), key: root, own })).toThrow(/all its inputs are of one wallet/)
  })
})

describe('a replacement', () => {
  const own = ownOf(alice, 'p2wpkh')
  const [first, more] = [
    { own, amount: 100_000n },
    { own, amount: 30_000n, number: 1 },
  ]
  const paid = { script: bob.script, amount: 50_000n }
  const change = (amount: bigint) => ({ script: own.script, amount })
  const before = run({ psbt: psbtOf({ coins: [first], outputs: [paid, change(49_000n)] }), key: alice }, ['alice'])
  const replaces = textOf(before.signed.result.rawTransaction)

  test.each([
    ['less change', [first], [paid, change(48_000n)]],
    ['no change', [first], [paid]],
    ['another coin', [first, more], [change(70_000n), paid]],
  ])('with %s names what it replaces', (_, coins, outputs) => {
    const { facts } = run({ psbt: psbtOf({ coins, outputs }), key: alice, replaces }, ['alice'])
    expect(facts.claims[0]).toMatchObject({ replaces: before.intent.root })
    expect(facts.claims[1] ?? {}).not.toHaveProperty('replaces')
  })

  test.each([
    ['pays less fee', [first], [paid, change(49_500n)]],
    ['pays the same fee', [first], [paid, change(49_000n)]],
    ['pays somebody else', [first], [{ script: ownOf(ecdsaKey('carol'), 'p2wpkh').script, amount: 50_000n }]],
    ['pays another amount', [first], [{ ...paid, amount: 49_999n }]],
    ['pays twice', [first, more], [paid, { ...paid, amount: 1_000n }]],
    ['spends other coins', [{ ...more, amount: 100_000n }], [paid, change(40_000n)]],
  ])('that %s is refused', (_, coins, outputs) => {
    expect(() => parse({ psbt: psbtOf({ coins, outputs }), key: alice, replaces })).toThrow(/transaction.replaces/)
  })
})

test('an intent is signed once: nothing is left to sign where this key has signed every input', () => {
  const own = ownOf(alice, 'p2wpkh')
  const order = { coins: [{ own, amount: 10_000n }], outputs: [{ script: bob.script, amount: 9_000n }] }
  const { signed } = run({ psbt: psbtOf(order), key: alice }, ['alice'])
  expect(() => parse({ psbt: textOf(signed.result.psbt), key: alice })).toThrow(/yet to sign/)
  expect(fromHex(textOf(signed.result.rawTransaction))).toEqual(signed.raw)
})

test('assembling takes one signature a payload', () => {
  const own = ownOf(alice, 'p2wpkh')
  const order = { coins: [{ own, amount: 10_000n }], outputs: [{ script: bob.script, amount: 9_000n }] }
  const intent = parse({ psbt: psbtOf(order), key: alice })
  expect(() => chain.assemble(intent, [])).toThrow(/one signature/)
  const signature = { algorithm: 'secp256k1-ecdsa', bytes: new Uint8Array(64).fill(1) } as const
  expect(() => chain.assemble(intent, [signature, signature])).toThrow(/one signature/)
  expect(() => chain.assemble(intent, [{ ...signature, algorithm: 'secp256k1-schnorr' }])).toThrow(/one signature/)
})
