// One encoding a transaction, and so one id: every other is refused, with its place.
import {
  makeApplicationNoOpTxnFromObject,
  makeAssetCreateTxnWithSuggestedParamsFromObject,
  msgpackRawEncode,
  Transaction,
  TransactionType,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, isJsonObject, type Json, type JsonObject } from '../../../src/base/json.ts'
import { appl, fields, good, keyreg, own, pay, raw, refused, snd, txn } from './requests.ts'
import { algorand, base64, params, testnet } from './signing.ts'
import { drafts, transactionOf } from './transaction-arbitrary.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'

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
  test('lists longer than any the protocol has', againstClock, () => {
    const listed = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ s: i + 1 }))
    const more = (count: number): string => raw({ ...appl, al: listed(count) })
    expect(refused([{ txn: more(256) }])).toMatchObject({ code: 'invalid-payload', where: 'transactions[0].txn' })
    const started = performance.now()
    expect(refused([{ txn: more(20_000) }]).code).toBe('invalid-payload')
    expect(refused([{ txn: raw({ ...appl, apaa: listed(20_000) }) }]).code).toBe('invalid-payload')
    expect(performance.now() - started, tooSlow).toBeLessThan(2_000)
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
      network: testnet,
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
})
