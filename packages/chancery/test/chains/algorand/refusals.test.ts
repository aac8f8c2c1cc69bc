// What must be refused, each with its code and its place.
import { assignGroupID, multisigAddress, signMultisigTransaction, type Transaction } from 'algosdk'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../refusal.ts'
import { fields, good, other, own, pay, raw, refused, txn } from './requests.ts'
import { algorand, base64, bytesOf, mainnetHash, pairOf, params, signWith, testnetHash } from './signing.ts'

test('the transaction they all begin with is signed', () => {
  expect(signWith(algorand, own, { operation: 'sign:transaction', value: [good] }).payloads.length).toBe(1)
  expect(
    signWith(algorand, own, { operation: 'sign:transaction', value: [{ txn: raw(fields) }] }).facts.effects,
  ).toEqual([{ kind: 'transfer', asset: expect.any(String), amount: 5n, to: other.text }])
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
