// What must be refused, each with its code and its place; and that no refusal repeats what stood in a transaction's place.
import {
  Address,
  assignGroupID,
  makeApplicationNoOpTxnFromObject,
  makeAssetCreateTxnWithSuggestedParamsFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  msgpackRawEncode,
  multisigAddress,
  secretKeyToMnemonic,
  signMultisigTransaction,
  Transaction,
  TransactionType,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, isJsonObject, type Json, type JsonObject } from '../../../src/base/json.ts'
import type { SignOperation } from '../../../src/core/names.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { algorand, base64, bytesOf, mainnetHash, pairOf, pairOfSeed, params, signWith, testnetHash } from './signing.ts'
import { drafts, transactionOf } from './transaction-arbitrary.ts'

const own = pairOf(1)
const other = pairOf(2)

function refused(value: unknown, operation: SignOperation = 'sign:transaction'): Refusal {
  return refusalOf(() => signWith(algorand, own, { operation, value }))
}

function pay(overrides: object = {}, sender = own.address): Transaction {
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender,
    receiver: other.address,
    amount: 5n,
    suggestedParams: { ...params, ...overrides },
  })
}

const txn = (transaction: Transaction): string => base64(transaction.toByte())
const good = { txn: txn(pay()) }
/** A transaction by hand, in MessagePack as it is written here. */
const raw = (members: object): string => base64(msgpackRawEncode(members))
const snd = own.address.publicKey
const fields = {
  amt: 5,
  fee: 1_000,
  fv: 1_000,
  gh: testnetHash,
  lv: 2_000,
  rcv: other.address.publicKey,
  snd,
  type: 'pay',
}

test('the transaction they all begin with is signed', () => {
  expect(signWith(algorand, own, { operation: 'sign:transaction', value: [good] }).payloads.length).toBe(1)
  expect(
    signWith(algorand, own, { operation: 'sign:transaction', value: [{ txn: raw(fields) }] }).facts.effects,
  ).toEqual([{ kind: 'transfer', asset: expect.any(String), amount: 5n, to: other.text }])
})

describe('MessagePack', () => {
  const bytes = pay().toByte()
  /** The encoding with `found` replaced once. */
  const edited = (found: readonly number[], by: readonly number[]): string => {
    const at = Buffer.from(bytes).indexOf(Buffer.from(found))
    if (at === -1) throw new Error('nothing to replace')
    return base64(Uint8Array.from([...bytes.subarray(0, at), ...by, ...bytes.subarray(at + found.length)]))
  }
  const key = (name: string): readonly number[] => [0xa0 + name.length, ...Buffer.from(name)]

  test.each([
    ['keys out of order', edited([...key('amt'), 5, ...key('fee')], [...key('fee'), 5, ...key('amt')])],
    ['a longer integer', edited([...key('amt'), 5], [...key('amt'), 0xcc, 5])],
    ['a still longer integer', edited([...key('amt'), 5], [...key('amt'), 0xcf, 0, 0, 0, 0, 0, 0, 0, 5])],
    ['a signed integer', edited([...key('amt'), 5], [...key('amt'), 0xd0, 5])],
    ['a zero that is there', raw({ ...fields, amt: 0 })],
    ['an empty note that is there', raw({ ...fields, note: new Uint8Array() })],
    ['a zero address that is there', raw({ ...fields, rcv: new Uint8Array(32) })],
    ['a field twice', base64(Uint8Array.from([(bytes[0] ?? 0) + 1, ...key('amt'), 4, ...bytes.subarray(1)]))],
    ['a map in the 16-bit form', base64(Uint8Array.from([0xde, 0, (bytes[0] ?? 0) - 0x80, ...bytes.subarray(1)]))],
    ['bytes in the 16-bit form', edited([0xc4, 32, ...snd], [0xc5, 0, 32, ...snd])],
    ['a key in the 8-bit form', edited(key('amt'), [0xd9, 3, ...Buffer.from('amt')])],
    ['an unknown field', raw({ ...fields, zzz: 1 })],
    ['a field of another type', raw({ ...fields, aamt: 1 })],
    ['a rekeying by another name', raw({ ...fields, rekeyTo: snd })],
    ['nil for a field', edited([...key('amt'), 5], [...key('amt'), 0xc0])],
    ['a float', edited([...key('amt'), 5], [...key('amt'), 0xca, 0x40, 0xa0, 0, 0])],
    ['a long float', edited([...key('amt'), 5], [...key('amt'), 0xcb, 0x40, 0x14, 0, 0, 0, 0, 0, 0])],
  ])('%s', (_name, text) => {
    const refusal = refused([{ txn: text }])
    expect(['not-canonical', 'invalid-payload']).toContain(refusal.code)
    expect(refusal.where).toBe('transactions[0].txn')
  })

  test.each([
    ['a byte after it', base64(Uint8Array.from([...bytes, 0]))],
    ['a byte too few', base64(bytes.subarray(0, -1))],
    ['a string in the place of bytes', edited([0xc4, 32, ...snd], [0xd9, 32, ...new Uint8Array(32).fill(65)])],
    ['bytes in the place of a string', edited(key('pay'), [0xc4, 3, ...Buffer.from('pay')])],
    ['an address of 31 bytes', raw({ ...fields, rcv: snd.subarray(1) })],
    ['a negative amount', edited([...key('amt'), 5], [...key('amt'), 0xff])],
    ['true for a number', edited([...key('amt'), 5], [...key('amt'), 0xc3])],
    ['an array', base64(msgpackRawEncode([fields]))],
    ['a string alone', base64(msgpackRawEncode('pay'))],
    ['an unknown type', raw({ ...fields, type: 'steal' })],
    ['no type', raw({ ...fields, type: undefined })],
    ['a signed transaction', base64(pay().signTxn(own.sk))],
    ['what is signed, prefix and all', base64(pay().bytesToSign())],
    ['an extension type', edited([...key('amt'), 5], [...key('amt'), 0xd4, 1, 0])],
    ['an unknown OnCompletion', raw({ ...appl, apan: 6 })],
    ['a box of an application that is not there', raw({ ...appl, apbx: [{ i: 3, n: snd }] })],
    ['an access list that points past its end', raw({ ...appl, al: [{ h: { d: 9, s: 9 } }] })],
    ['an access list that points at something else', raw({ ...appl, al: [{ d: snd }, { h: { d: 1, s: 1 } }] })],
    ['a lease of 31 bytes', raw({ ...fields, lx: snd.subarray(1) })],
    ['a group of 31 bytes', raw({ ...fields, grp: snd.subarray(1) })],
    ['half of a key registration', raw({ ...keyreg, votekey: snd })],
    ['a key registration that takes itself back', raw({ ...keyreg, nonpart: true, votefst: 1 })],
  ])('%s', (_name, text) => {
    expect(refused([{ txn: text }])).toMatchObject({ code: 'invalid-payload', where: 'transactions[0].txn' })
  })

  // The decoder makes room for what a header announces before it looks: these 400 bytes took it 25 GB.
  test('headers that announce more than there is', () => {
    const nested = Array.from({ length: 80 }, () => [0xdd, 0x01, 0xff, 0xff, 0xff]).flat()
    const started = process.memoryUsage().rss
    expect(refused([{ txn: base64(Uint8Array.from([0x81, ...key('type'), ...nested])) }]).code).toBe('invalid-payload')
    const maps = Array.from({ length: 80 }, () => [0xdf, 0xff, 0xff, 0xff, 0xff]).flat()
    expect(refused([{ txn: base64(Uint8Array.from([0x81, ...key('type'), ...maps])) }]).code).toBe('invalid-payload')
    expect(process.memoryUsage().rss - started).toBeLessThan(100_000_000)
  })

  // The SDK compares every entry of an access list with every other: 20,000 of them took it 17 seconds.
  test('lists longer than any the protocol has', () => {
    const listed = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ s: i + 1 }))
    const more = (count: number): string => raw({ ...appl, al: listed(count) })
    expect(refused([{ txn: more(256) }])).toMatchObject({ code: 'invalid-payload', where: 'transactions[0].txn' })
    const started = performance.now()
    expect(refused([{ txn: more(20_000) }]).code).toBe('invalid-payload')
    expect(refused([{ txn: raw({ ...appl, apaa: listed(20_000) }) }]).code).toBe('invalid-payload')
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('arrays in arrays without end', () => {
    const deep = new Uint8Array(100_000).fill(0x91)
    expect(refused([{ txn: base64(deep) }]).code).toBe('invalid-payload')
    expect(refused([{ txn: base64(Uint8Array.from([...deep, 1])) }]).code).toBe('invalid-payload')
  })

  test('a name that is not Unicode: half a surrogate pair, and bytes that are no UTF-8', () => {
    const asset = makeAssetCreateTxnWithSuggestedParamsFromObject({
      sender: own.address,
      total: 1,
      decimals: 0,
      assetName: 'abc',
      suggestedParams: params,
    }).toByte()
    const at = Buffer.from(asset).indexOf('abc')
    for (const name of [
      [0xed, 0xa0, 0x80],
      [0xff, 0xfe, 0xfd],
      [0xc0, 0x80, 0x41],
    ]) {
      const bad = Uint8Array.from(asset)
      bad.set(name, at)
      const refusal = refused([{ txn: base64(bad) }])
      expect(['not-canonical', 'invalid-payload']).toContain(refusal.code)
    }
  })
})

const { amt: _amt, rcv: _rcv, ...common } = fields
const appl = { ...common, apid: 7, type: 'appl' }
const keyreg = { ...common, type: 'keyreg' }

describe('what the protocol does not take', () => {
  test('state proofs are the network’s', () => {
    const proof = new Transaction({
      type: TransactionType.stpf,
      sender: own.address,
      suggestedParams: params,
      stateProofParams: {},
    })
    expect(refused([{ txn: txn(proof) }])).toMatchObject({
      code: 'unsupported-payload',
      where: 'transactions[0].txn.type',
      got: 'stpf',
    })
  })

  test.each([
    ['a life of 1,001 rounds', { lastValid: 2_001n }, 'lastValid'],
    ['a life that ends before it begins', { lastValid: 999n }, 'lastValid'],
    ['a life to the end of time', { firstValid: 0n, lastValid: (1n << 64n) - 1n }, 'lastValid'],
  ])('%s', (_name, overrides, member) => {
    const where = `transactions[0].txn.${member}`
    expect(refused([{ txn: txn(pay(overrides)) }])).toMatchObject({ code: 'invalid-payload', where })
  })

  test('a note of 1,025 bytes', () => {
    const text = raw({ ...fields, note: new Uint8Array(1_025) })
    expect(refused([{ txn: text }])).toMatchObject({
      code: 'invalid-payload',
      where: 'transactions[0].txn.note',
      got: '1025 bytes',
    })
  })
})

describe('networks', () => {
  const hash = 'transactions[0].txn.genesisHash'
  test.each([
    ['another network', pay({ genesisHash: mainnetHash, genesisID: 'mainnet-v1.0' }), hash],
    ['a hash with the same beginning', pay({ genesisHash: testnetHash.with(31, 0) }), hash],
    ['another id', pay({ genesisID: 'mainnet-v1.0' }), 'transactions[0].txn.genesisID'],
    ['an id that looks alike', pay({ genesisID: 'testnet-v1.0 ' }), 'transactions[0].txn.genesisID'],
  ])('%s', (_name, transaction, where) => {
    expect(refused([{ txn: txn(transaction) }])).toMatchObject({ code: 'wrong-network', where })
  })

  test('no hash at all', () => {
    const { gh: _gh, ...members } = fields
    expect(refused([{ txn: raw(members) }])).toMatchObject({ code: 'wrong-network', where: hash, got: 'nothing' })
    expect(refused([{ txn: raw({ ...members, gen: 'testnet-v1.0' }) }])).toMatchObject({ code: 'wrong-network' })
  })

  test('one of a group for another network', () => {
    const group = assignGroupID([pay(), pay({ genesisHash: mainnetHash, genesisID: 'mainnet-v1.0' })])
    expect(refused(group.map((one) => ({ txn: txn(one) })))).toMatchObject({
      code: 'wrong-network',
      where: 'transactions[1].txn.genesisHash',
    })
  })

  test('a network that is not configured, and none', () => {
    const request = { operation: 'sign:transaction', value: [good], publicKey: own.publicKey } as const
    expect(
      refusalOf(() => algorand.parse({ ...request, network: 'algorand:mFgazF-2uRS1tMiL9dsj01hJGySEmPN2' })),
    ).toMatchObject({ code: 'unknown-network', where: 'network' })
    expect(refusalOf(() => algorand.parse(request))).toMatchObject({ code: 'invalid-request', where: 'network' })
  })
})

describe('groups', () => {
  const members = (): Transaction[] => assignGroupID([pay(), pay({ fee: 0n }), pay({ fee: 7n })])
  const items = (group: readonly Transaction[]): object[] => group.map((one) => ({ txn: txn(one) }))

  test.each([
    ['a member missing', items(members().slice(0, 2)), 0],
    ['a member alone', items(members().slice(0, 1)), 0],
    ['another order', items(members().toReversed()), 0],
    ['one more', [...items(members()), good], 0],
    ['a member twice', [...items(members()), ...items(members().slice(0, 1))], 0],
    ['two groups', [...items(members()), ...items(assignGroupID([pay({ fee: 9n })]))], 0],
    ['one without it', [good, ...items(members())], 0],
  ])('%s', (_name, value, at) => {
    expect(refused(value)).toMatchObject({ code: 'invalid-payload', where: `transactions[${at}].txn.group` })
  })

  test('an id that somebody made up', () => {
    const transaction = pay()
    transaction.group = new Uint8Array(32).fill(7)
    expect(refused(items([transaction]))).toMatchObject({ where: 'transactions[0].txn.group', got: expect.any(String) })
  })

  test.each([
    ['nothing', []],
    ['17 of them', Array.from({ length: 17 }, () => good)],
  ])('%s', (_name, value) => {
    expect(refused(value)).toMatchObject({
      code: 'invalid-payload',
      where: 'transactions',
      got: `${value.length} transactions`,
    })
  })

  test('nothing to sign', () => {
    const value = members().map((one) => ({ txn: txn(one), signers: [] }))
    expect(refused(value)).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
  })

  // A person who reads it would believe that one happens only with the other.
  test('a transaction that is there for its group, and has none', () => {
    expect(refused([good, { ...good, signers: [] }])).toMatchObject({
      code: 'invalid-payload',
      where: 'transactions[1].signers',
    })
  })
})

describe('who signs', () => {
  const theirs = { txn: txn(pay({}, other.address)) }
  test.each([
    ['another sender', theirs, 'txn.sender'],
    ['another sender, and the key to sign', { ...theirs, signers: [own.text] }, 'txn.sender'],
    ['another authority', { ...theirs, authAddr: other.text }, 'authAddr'],
    ['another authority over the own account', { ...good, authAddr: other.text }, 'authAddr'],
    ['another signer', { ...good, signers: [other.text] }, 'signers'],
    ['the key and another signer', { ...good, signers: [own.text, other.text] }, 'signers'],
    ['the key twice', { ...good, signers: [own.text, own.text] }, 'signers'],
    ['a signed transaction, and no msig', { ...good, stxn: base64(pay().signTxn(own.sk)) }, 'stxn'],
    ['an authority beside signers: []', { ...good, signers: [], authAddr: own.text }, 'authAddr'],
    ['a signed transaction beside signers: []', { ...good, signers: [], stxn: good.txn }, 'stxn'],
  ])('%s', (_name, item, where) => {
    const value = [item]
    expect(refused(value)).toMatchObject({ code: 'invalid-payload', where: `transactions[0].${where}` })
  })
})

describe('multisig', () => {
  const msig = { version: 1, threshold: 2, addrs: [own.text, other.text] }
  const account = multisigAddress(msig)
  const transaction = pay({}, account)
  const item = { txn: txn(transaction), msig }
  const signedBy = (n: number, over = transaction): string =>
    base64(signMultisigTransaction(over, { ...msig, addrs: [...msig.addrs] }, pairOf(n).sk).blob)
  /** Somebody else's signature, the last byte of it another. */
  const forged = (): string => {
    const bytes = bytesOf(signedBy(2))
    const at = Buffer.from(bytes).indexOf(Buffer.from([0xa1, 0x73, 0xc4, 64])) + 4
    return base64(bytes.with(at + 10, (bytes[at + 10] ?? 0) ^ 1))
  }

  test('the one they begin with is signed', () => {
    const value = [{ ...item, stxn: signedBy(2) }]
    expect(signWith(algorand, own, { operation: 'sign:transaction', value }).payloads.length).toBe(1)
  })

  test.each([
    ['without the key', { ...item, msig: { ...msig, addrs: [other.text, other.text] } }, 'msig.addrs'],
    ['another account', { ...item, msig: { ...msig, threshold: 1 } }, 'msig'],
    ['an account that is no multisig', { ...item, txn: good.txn }, 'msig'],
    ['an authority that is not the multisig', { ...item, txn: good.txn, authAddr: own.text }, 'msig'],
    ['version 2', { ...item, msig: { ...msig, version: 2 } }, 'msig.version'],
    ['version "1"', { ...item, msig: { ...msig, version: '1' } }, 'msig.version'],
    ['a threshold of 0', { ...item, msig: { ...msig, threshold: 0 } }, 'msig.threshold'],
    ['a threshold of 3 of 2', { ...item, msig: { ...msig, threshold: 3 } }, 'msig.threshold'],
    ['a threshold of 1.5', { ...item, msig: { ...msig, threshold: 1.5 } }, 'msig.threshold'],
    ['no members', { ...item, msig: { ...msig, addrs: [] } }, 'msig.addrs'],
    ['256 members', { ...item, msig: { ...msig, addrs: Array.from({ length: 256 }, () => own.text) } }, 'msig.addrs'],
    ['a member that is no address', { ...item, msig: { ...msig, addrs: [own.text, 'you'] } }, 'msig.addrs[1]'],
    ['an unknown member', { ...item, msig: { ...msig, weights: [1] } }, 'msig.weights'],
    ['msig null', { ...item, msig: null }, 'msig'],
    ['another transaction', { ...item, stxn: signedBy(2, pay({ fee: 9n }, account)) }, 'stxn'],
    ['a bad signature', { ...item, stxn: forged() }, 'stxn.msig.subsig[1]'],
    ['signed by one key alone', { ...item, stxn: base64(transaction.signTxn(own.sk)) }, 'stxn'],
    ['other members', { ...item, stxn: stxnOfOthers() }, 'stxn'],
    ['another authority', { ...item, stxn: withAuthority() }, 'stxn.sgnr'],
    ['bytes after it', { ...item, stxn: base64(Uint8Array.from([...bytesOf(signedBy(2)), 0])) }, 'stxn'],
    ['no transaction', { ...item, stxn: good.txn }, 'stxn'],
  ])('%s', (_name, value, where) => {
    const refusal = refused([value])
    expect(['invalid-payload', 'not-canonical']).toContain(refusal.code)
    expect(refusal.where).toBe(`transactions[0].${where}`)
  })

  test('beside signers: []', () => {
    expect(refused([{ ...item, signers: [] }])).toMatchObject({ where: 'transactions[0].msig' })
  })

  function stxnOfOthers(): string {
    const addrs = [pairOf(3).text, pairOf(4).text]
    return base64(signMultisigTransaction(transaction, { ...msig, addrs }, pairOf(3).sk).blob)
  }

  /** The account's own multisig, and beside it the authority of an account that was rekeyed. */
  function withAuthority(): string {
    const subsig = [{ pk: own.address.publicKey }, { pk: other.address.publicKey }]
    const members = { amt: 5, fee: 1_000, fv: 1_000, gen: params.genesisID, gh: testnetHash, lv: 2_000 }
    const inner = { ...members, rcv: other.address.publicKey, snd: account.publicKey, type: 'pay' }
    return raw({ msig: { subsig, thr: 2, v: 1 }, sgnr: own.address.publicKey, txn: inner })
  }
})

describe('base64', () => {
  const { txn: text } = good
  test.each([
    ['without padding', text.replaceAll('=', '')],
    ['more padding', `${text}=`],
    ['a space', `${text} `],
    ['a line break', `${text.slice(0, 76)}\n${text.slice(76)}`],
    ['the URL alphabet', `${text.slice(0, -4)}__8=`],
    ['bits after the end', base64(Uint8Array.from([0x81])).replace('gQ==', 'gR==')],
    ['empty', ''],
    ['a data URL', `data:;base64,${text}`],
    ['hex', Buffer.from(pay().toByte()).toString('hex')],
  ])('%s', (_name, spelling) => {
    if (spelling === text) throw new Error('the same spelling')
    expect(refused([{ txn: spelling }])).toMatchObject({ code: 'invalid-payload', where: 'transactions[0].txn' })
  })

  test('more than 128 KiB', () => {
    expect(refused([{ txn: base64(new Uint8Array(131_073)) }])).toMatchObject({ got: '131073 bytes' })
  })
})

describe('JSON of another shape', () => {
  const wrong = [null, true, 0, 1.5, '', 'txn', [], [null], {}, { a: 1 }]

  test.each(wrong.filter((value) => !Array.isArray(value)).map((value) => [value]))('transactions: %j', (value) => {
    expect(refused(value)).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
  })

  test.each([null, true, 0, 1.5, '', 'txn', [], [good]].map((value) => [value]))('a transaction: %j', (value) => {
    expect(refused([value])).toMatchObject({ code: 'invalid-payload', where: 'transactions[0]' })
  })

  test.each(['txn', 'signers', 'authAddr', 'msig', 'stxn'])('%s of every wrong kind', (member) => {
    for (const value of wrong) {
      if (member === 'signers' && Array.isArray(value) && value.length === 0) continue
      const refusal = refused([{ ...good, [member]: value }])
      expect([value, refusal.code]).toEqual([value, 'invalid-payload'])
      expect(refusal.where).toMatch(new RegExp(`^transactions\\[0\\]\\.${member}`))
    }
  })

  test('an unknown member, and the SDK’s names of known ones', () => {
    for (const member of ['message', 'groupMessage', 'blob', 'txID', 'authaddr']) {
      expect(refused([{ ...good, [member]: 'x' }])).toMatchObject({ where: `transactions[0].${member}` })
    }
  })

  test.each(['message', 'logic-signature', 'program-data'] as const)('what a %s is not', (kind) => {
    for (const value of wrong) {
      expect([value, refused(value, `sign:${kind}`).code]).toEqual([value, 'invalid-payload'])
    }
  })

  test('digests, typed data and authorizations', () => {
    for (const operation of ['sign:digest', 'sign:typed-data', 'sign:authorization'] as const) {
      expect(refused('0x', operation).code).toBe('unsupported-payload')
    }
  })
})

/** What people have sent by mistake, in the forms such secrets are kept in. */
const secret = pairOfSeed(Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 11) % 256))
const forms: readonly string[] = [
  base64(secret.sk),
  base64(secret.seed),
  Buffer.from(secret.seed).toString('base64url'),
  Buffer.from(secret.seed).toString('hex'),
  `0x${Buffer.from(secret.sk).toString('hex')}`,
  secretKeyToMnemonic(secret.sk),
  [...secret.sk].join(','),
]

test('no refusal repeats a private key that stood in a place', () => {
  const program = other.text
  const places: readonly (readonly [SignOperation, (secretText: unknown) => unknown])[] = [
    ['sign:transaction', (it) => it],
    ['sign:transaction', (it) => [it]],
    ['sign:transaction', (it) => [[it]]],
    ['sign:transaction', (it) => ({ transactions: it })],
    ['sign:transaction', (it) => [{ txn: it }]],
    ['sign:transaction', (it) => [{ txn: [it] }]],
    ['sign:transaction', (it) => [{ ...good, signers: it }]],
    ['sign:transaction', (it) => [{ ...good, signers: [it] }]],
    ['sign:transaction', (it) => [{ ...good, authAddr: it }]],
    ['sign:transaction', (it) => [{ ...good, authAddr: { it } }]],
    ['sign:transaction', (it) => [{ ...good, stxn: it }]],
    ['sign:transaction', (it) => [{ ...good, signers: [], stxn: it }]],
    ['sign:transaction', (it) => [{ ...good, signers: [], authAddr: it }]],
    ['sign:transaction', (it) => [{ ...good, msig: it }]],
    ['sign:transaction', (it) => [{ ...good, msig: { version: it, threshold: 1, addrs: [own.text] } }]],
    ['sign:transaction', (it) => [{ ...good, msig: { version: 1, threshold: it, addrs: [own.text] } }]],
    ['sign:transaction', (it) => [{ ...good, msig: { version: 1, threshold: 1, addrs: it } }]],
    ['sign:transaction', (it) => [{ ...good, msig: { version: 1, threshold: 1, addrs: [it] } }]],
    ['sign:transaction', (it) => [{ ...good, [String(it)]: 1 }]],
    ['sign:message', (it) => it],
    ['sign:message', (it) => [it]],
    ['sign:message', (it) => ({ text: it, bytes: it })],
    ['sign:message', (it) => ({ text: [it] })],
    ['sign:message', (it) => ({ bytes: `${String(it)}x` })],
    ['sign:message', (it) => ({ mnemonic: it })],
    ['sign:logic-signature', (it) => it],
    ['sign:logic-signature', (it) => ({ program: `${String(it)}=` })],
    ['sign:logic-signature', (it) => ({ program: base64(Buffer.from(String(it))) })],
    ['sign:program-data', (it) => ({ program: it, data: 'aGVsbG8=' })],
    ['sign:program-data', (it) => ({ program, data: `${String(it)}=` })],
    ['sign:program-data', (it) => ({ program, data: [it] })],
    ['sign:digest', (it) => it],
  ]
  for (const [operation, place] of places) {
    for (const form of forms) {
      const refusal = refused(place(form), operation)
      expect([refusal, revealed(JSON.stringify(refusal), form)]).toEqual([refusal, undefined])
    }
  }
})

/** A run of 16 characters of a secret, of which four words and eight bytes are more than enough. */
function revealed(text: string, form: string): string | undefined {
  return Array.from({ length: form.length - 15 }, (_, i) => form.slice(i, i + 16)).find((piece) => text.includes(piece))
}

test('an address somebody typed is not repeated either, nor an application', () => {
  for (const form of forms) {
    for (const read of [algorand.parseAddress, algorand.parseContract]) {
      const refusal = refusalOf(() => read?.(form, 'to'))
      expect(revealed(JSON.stringify(refusal), form)).toBeUndefined()
    }
  }
})

test('a byte of an encoding changed: refused, or another transaction that says so', () => {
  const changes = fc.record({ draft: drafts, at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) })
  let signed = 0
  fc.assert(
    fc.property(changes, ({ draft, at, by }) => {
      const bytes = transactionOf(draft, own.address).toByte()
      const place = at % bytes.length
      const changed = bytes.with(place, (bytes[place] ?? 0) ^ by)
      const intent = accepted(base64(changed))
      if (intent === undefined) return
      signed++
      const [payload] = algorand.payloads(intent, 'key_test')
      expect(payload && base64(payload.bytes)).toBe(base64(Uint8Array.from([0x54, 0x58, ...changed])))
      // It can be written down, and says what the changed bytes say.
      expect(canonical(withoutId(intent.summary))).not.toBe(canonical(withoutId(summaryOf(bytes))))
    }),
    { numRuns: 20_000 },
  )
  expect(signed).toBeGreaterThan(1_000)
}, 120_000)

function accepted(text: string) {
  try {
    return algorand.parse({
      operation: 'sign:transaction',
      network: networkOf,
      value: [{ txn: text }],
      publicKey: own.publicKey,
    })
  } catch (error) {
    expect(error).toMatchObject({
      name: 'Refused',
      particulars: { where: expect.stringMatching(/^transactions\[0\]/) },
    })
    return undefined
  }
}

const networkOf = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe' as const

/** The id is of the bytes, and differs when they do. */
function withoutId({ transactions }: JsonObject): Json {
  if (!Array.isArray(transactions)) throw new Error('no transactions')
  return transactions.map((one: Json) => ({ ...(isJsonObject(one) ? one : {}), id: '' }))
}

function summaryOf(bytes: Uint8Array) {
  const intent = accepted(base64(bytes))
  if (intent === undefined) throw new Error('the transaction itself was refused')
  return intent.summary
}

test('a call with nothing but its number is signed', () => {
  const call = makeApplicationNoOpTxnFromObject({ sender: own.address, appIndex: 7, suggestedParams: params })
  expect(accepted(txn(call))?.summary).toBeDefined()
  expect(new Address(snd).toString()).toBe(own.text)
})
