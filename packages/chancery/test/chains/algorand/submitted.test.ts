// what a sponsor reads. Transactions as others bring them: signed, half signed, of elsewhere, or none at all.
import {
  decodeSignedTransaction,
  encodeMsgpack,
  LogicSigAccount,
  mergeMultisigTransactions,
  msgpackRawEncode,
  multisigAddress,
  signLogicSigTransactionObject,
  SignedTransaction,
  signMultisigTransaction,
  type Transaction,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refused } from '../../../src/core/errors.ts'
import { refusalOf } from '../refusal.ts'
import { alice, asked, bob, grouped, own, pay, sponsoring, text } from './sponsored-groups.ts'
import { base64, mainnetHash, pairOf, params } from './signing.ts'

describe('signatures that are there already', () => {
  const [mine = own(), user = pay()] = grouped(own(), pay())
  const withUser = (signed: Uint8Array) => sponsoring.prepare(asked([text(mine), base64(signed)]))
  const members = [pairOf(93), pairOf(94)]
  const multisig = { version: 1, threshold: 2, addrs: members.map(({ address }) => address) }
  const shared = grouped(own(), pay({ sender: multisigAddress(multisig) }))
  const [byFirst = new Uint8Array(0), bySecond = new Uint8Array(0)] = members.map(
    ({ sk }) => signMultisigTransaction(shared[1] ?? pay(), multisig, sk).blob,
  )
  const withShared = (signed: Uint8Array) => sponsoring.prepare(asked([text(shared[0] ?? own()), base64(signed)]))

  test('are verified, and handed back as they came', () => {
    const signed = user.signTxn(alice.sk)
    const { others, unsigned } = withUser(signed)
    expect(others).toEqual([{ raw: signed, signedBy: alice.text }])
    expect(unsigned[1]).toEqual(signed)
  })

  test('may be of the key an account was handed to', () => {
    expect(withUser(user.signTxn(bob.sk)).others).toMatchObject([{ signedBy: bob.text }])
  })

  test('that do not verify are refused', () => {
    const signed = user.signTxn(alice.sk)
    const at = Buffer.from(signed).indexOf('sig') + 10
    const broken = signed.with(at, (signed[at] ?? 0) ^ 1)
    expect(refusalOf(() => withUser(broken))).toMatchObject({ code: 'invalid-payload', where: 'transactions[1]' })
  })

  test('over another transaction are refused', () => {
    const other = encodeMsgpack(signedFields({ txn: user, sig: sigOf(pay({ amount: 6n }).signTxn(alice.sk)) }))
    expect(refusalOf(() => withUser(other))).toMatchObject({ code: 'invalid-payload', where: 'transactions[1]' })
  })

  test('of many are whole or not yet', () => {
    expect(withShared(byFirst).others[0]?.signedBy).toBeUndefined()
    const whole = mergeMultisigTransactions([byFirst, bySecond])
    expect(withShared(whole).others[0]?.signedBy).toBe(multisigAddress(multisig).toString())
  })

  test('of a program are for the ledger to judge', () => {
    const program = new LogicSigAccount(Uint8Array.of(1, 32, 1, 1, 34))
    const group = grouped(own(), pay({ sender: program.address() }))
    const { blob } = signLogicSigTransactionObject(group[1] ?? pay(), program)
    const { others } = sponsoring.prepare(asked([text(group[0] ?? own()), base64(blob)]))
    expect(others).toEqual([{ raw: blob }])
  })

  test('are one of a kind, and in canonical MessagePack', () => {
    const signed = Buffer.from(user.signTxn(alice.sk))
    const again = Buffer.concat([Uint8Array.of(0x83, 0xa3), Buffer.from('odd'), Uint8Array.of(1), signed.subarray(1)])
    const short = signed.subarray(0, -1)
    const long = Buffer.concat([signed, Uint8Array.of(0)])
    for (const bytes of [again, short, long]) {
      expect(['invalid-payload', 'not-canonical']).toContain(refusalOf(() => withUser(bytes)).code)
    }
  })
})

/** As a wallet would never write it. */
function signedFields(fields: { txn: Transaction; sig: Uint8Array }) {
  return new SignedTransaction(fields)
}

function sigOf(signed: Uint8Array): Uint8Array {
  return decodeSignedTransaction(signed).sig ?? new Uint8Array(64)
}

test('whatever stands in a transaction’s place, it is refused or read, and nothing else happens', () => {
  const program = new LogicSigAccount(Uint8Array.of(1, 32, 1, 1, 34))
  const members = [pairOf(93), pairOf(94)]
  const multisig = { version: 1, threshold: 1, addrs: members.map(({ address }) => address) }
  const user = pay({ sender: multisigAddress(multisig) })
  const seeds = [
    pay().toByte(),
    pay().signTxn(alice.sk),
    signMultisigTransaction(user, multisig, pairOf(93).sk).blob,
    signLogicSigTransactionObject(pay({ sender: program.address() }), program).blob,
  ]
  const cut = fc.record({ at: fc.nat(400), drop: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) })
  const mangled = fc.tuple(fc.constantFrom(...seeds), fc.array(cut, { maxLength: 3 })).map(([seed, cuts]) =>
    cuts.reduce((bytes, { at, drop, put }) => {
      const from = at % bytes.length
      return Uint8Array.from([...bytes.subarray(0, from), ...put, ...bytes.subarray(from + drop)])
    }, seed),
  )
  fc.assert(
    fc.property(mangled, (bytes) => {
      try {
        sponsoring.prepare(asked([text(own()), base64(bytes)]))
      } catch (error) {
        expect(error).toBeInstanceOf(Refused)
      }
    }),
    { numRuns: 2_000 },
  )
})

describe('what is no transaction of this network', () => {
  test.each<readonly [string, unknown, string]>([
    ['another network’s', text(pay({}, { genesisHash: mainnetHash, genesisID: 'mainnet-v1.0' })), 'wrong-network'],
    ['one with another network’s name', text(pay({}, { genesisID: 'mainnet-v1.0' })), 'wrong-network'],
    ['signed for another network', base64(pay({}, { genesisHash: mainnetHash }).signTxn(alice.sk)), 'wrong-network'],
    ['no base64', 'hello', 'invalid-payload'],
    ['nothing', '', 'invalid-payload'],
    ['no text', 5, 'invalid-payload'],
    ['other bytes', base64(new Uint8Array(100).fill(0xc1)), 'invalid-payload'],
    ['a list', base64(msgpackRawEncode([])), 'invalid-payload'],
    ['half a transaction', base64(pay().toByte().subarray(0, 60)), 'invalid-payload'],
    ['one with a zero that is there', base64(msgpackRawEncode({ ...fieldsOf(), amt: 0 })), 'not-canonical'],
    ['one with a field nobody knows', base64(msgpackRawEncode({ ...fieldsOf(), zz: 1 })), 'not-canonical'],
    ['a state proof', base64(msgpackRawEncode(stateProof())), 'unsupported-payload'],
    ['of no type', base64(msgpackRawEncode({ ...fieldsOf(), type: 'nope' })), 'invalid-payload'],
  ])('is refused: %s', (_, item, code) => {
    for (const value of [[item], [text(pay()), item], [text(own()), item]]) {
      const refusal = refusalOf(() => sponsoring.prepare(asked(value)))
      expect(refusal).toMatchObject({ code, where: expect.stringMatching(/^transactions\[[01]\]/) })
    }
  })

  test.each([undefined, null, 'text', {}, 5])('is refused in the place of the list: %s', (value) => {
    expect(refusalOf(() => sponsoring.prepare(asked(value)))).toMatchObject({ where: 'transactions' })
  })
})

function fieldsOf() {
  const { publicKey } = alice.address
  const gh = params.genesisHash
  return {
    amt: 5,
    fv: 1_000,
    gh,
    lv: 2_000,
    rcv: bob.address.publicKey,
    snd: publicKey,
    type: 'pay',
  }
}

function stateProof() {
  const { fv, gh, lv, snd } = fieldsOf()
  return { fv, gh, lv, snd, type: 'stpf' }
}
