import {
  LogicSig,
  LogicSigAccount,
  signBytes,
  tealSign,
  tealSignFromProgram,
  verifyBytes,
  verifyTealSign,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, toHex, utf8 } from '../../../src/base/bytes.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Facts } from '../../../src/core/facts.ts'
import type { SignOperation } from '../../../src/core/names.ts'
import { noRules } from '../../../src/core/rules.ts'
import { sign } from '../../../src/curves/ed25519/sign.ts'
import { evaluate } from '../../../src/policy/evaluate.ts'
import { refusalOf } from '../refusal.ts'
import { algorand, base64, bytesOf, pairOf, signWith, testnet } from './signing.ts'
import { drafts, transactionOf } from './transaction-arbitrary.ts'

const own = pairOf(1)
const other = pairOf(2)
// #pragma version 6; int 1
const program = Uint8Array.from([6, 0x81, 1])
const programAddress = new LogicSig(program).address().toString()

interface Result {
  readonly signed: JsonObject
  readonly facts: Facts
  readonly summary: JsonObject
  readonly bytes: Uint8Array
}

function signs(operation: SignOperation, value: unknown): Result {
  const { signed, facts, intent, payloads } = signWith(algorand, own, { operation, value })
  const [payload] = payloads
  if (payload === undefined || payloads.length > 1) throw new Error('not one payload')
  return { signed: signed.result, facts, summary: intent.summary, bytes: payload.bytes }
}

const contents = fc.uint8Array({ maxLength: 200 })
const text = fc.string({ unit: 'binary', maxLength: 100 })

describe('messages', () => {
  test('are what the SDK signs and verifies', () => {
    fc.assert(
      fc.property(contents, (message) => {
        const { signed, summary } = signs('sign:message', { bytes: toHex(message) })
        expect(signed).toEqual({ signature: base64(signBytes(message, own.sk)), signer: own.text })
        expect(verifyBytes(message, signatureOf(signed), own.text)).toBe(true)
        expect(summary).toEqual({ bytes: toHex(message) })
      }),
    )
  })

  test('text is its UTF-8', () => {
    fc.assert(
      fc.property(text, (message) => {
        const { bytes, summary, facts } = signs('sign:message', { text: message })
        expect(toHex(bytes)).toBe(toHex(concat(utf8('MX'), utf8(message))))
        expect(summary).toEqual({ text: message })
        expect(facts).toEqual({ network: testnet, effects: [{ kind: 'message' }], claims: [] })
      }),
    )
  })

  test.each([
    [{}, 'message'],
    [{ text: 'a', bytes: '0x61' }, 'message'],
    [{ text: '\ud800' }, 'message.text'],
    [{ text: null }, 'message.text'],
    [{ bytes: '61' }, 'message.bytes'],
    [{ bytes: '0x6' }, 'message.bytes'],
    [{ bytes: '0x6g' }, 'message.bytes'],
    [{ bytes: [97] }, 'message.bytes'],
    [{ text: 'a', encoding: 'utf8' }, 'message.encoding'],
  ])('%j is none', (value, where) => {
    expect(refusalOf(() => signs('sign:message', value))).toMatchObject({ code: 'invalid-payload', where })
  })
})

describe('delegated logic signatures', () => {
  test('are what the SDK makes of the program', () => {
    // A program begins with its version.
    const programs = fc
      .tuple(fc.integer({ min: 1, max: 12 }), contents)
      .map(([version, bytes]) => Uint8Array.from([version, ...bytes]))
      .filter((bytes) => !printable(bytes))
    fc.assert(
      fc.property(programs, (bytes) => {
        const account = new LogicSigAccount(bytes)
        account.sign(own.sk)
        const { signed, facts, summary } = signs('sign:logic-signature', { program: base64(bytes) })
        const address = new LogicSig(bytes).address().toString()
        expect(signed['logicSignature']).toBe(base64(account.lsig.toByte()))
        expect(facts.effects).toEqual([{ kind: 'call', contract: address, selector: 'logic-signature' }])
        expect(summary).toEqual({ delegatesTo: address, program: base64(bytes) })
      }),
    )
  })

  test.each([
    ['its source', base64(utf8('int 1\nreturn\n')), 'logicSignature.program'],
    ['an address', base64(utf8(other.text)), 'logicSignature.program'],
    ['base64 of base64', base64(utf8(base64(program))), 'logicSignature.program'],
    ['nothing', '', 'logicSignature.program'],
    ['16,001 bytes', base64(new Uint8Array(16_001)), 'logicSignature.program'],
    ['hex', '0x068101', 'logicSignature.program'],
  ])('%s is no program', (_name, it, where) => {
    expect(refusalOf(() => signs('sign:logic-signature', { program: it }))).toMatchObject({
      code: 'invalid-payload',
      where,
    })
  })

  test('arguments and signatures have no place in it', () => {
    for (const more of [{ args: [] }, { sig: 'x' }, { address: programAddress }]) {
      expect(refusalOf(() => signs('sign:logic-signature', { program: base64(program), ...more })).code).toBe(
        'invalid-payload',
      )
    }
  })
})

describe('data for programs', () => {
  test('is what the SDK signs and verifies', () => {
    fc.assert(
      fc.property(
        contents.filter((data) => data.length > 0),
        (data) => {
          const value = { program: programAddress, data: base64(data) }
          const { signed, facts, summary } = signs('sign:program-data', value)
          const signature = signatureOf(signed)
          expect(base64(signature)).toBe(base64(tealSign(own.sk, data, programAddress)))
          expect(base64(signature)).toBe(base64(tealSignFromProgram(own.sk, data, program)))
          expect(verifyTealSign(data, programAddress, signature, own.publicKey.bytes)).toBe(true)
          expect(signed).not.toHaveProperty('logicSignature')
          expect(facts.effects).toEqual([{ kind: 'call', contract: programAddress, selector: 'program-data' }])
          expect(summary).toEqual(value)
        },
      ),
    )
  })
})

describe('no signature serves as another', () => {
  const prefixes = { transaction: 'TX', message: 'MX', program: 'Program', data: 'ProgData' }

  test('none of the prefixes begins another, nor one of go-algorand’s that accounts sign', () => {
    const all = [...Object.values(prefixes), 'MsigProgram', 'PQProgram', 'TG', 'OT1', 'OT2', 'SpecialAddr']
    for (const one of all)
      for (const next of all) expect([one, one !== next && next.startsWith(one)]).toEqual([one, false])
  })

  test('whatever is asked for, the bytes begin with the prefix of its kind', () => {
    fc.assert(
      fc.property(contents, drafts, (bytes, draft) => {
        const transaction = transactionOf(draft, own.address)
        // The worst a message can be: a whole transaction, prefix and all.
        for (const message of [bytes, transaction.bytesToSign(), transaction.toByte()]) {
          const signed = signs('sign:message', { bytes: toHex(message) })
          expect(startOf(signed.bytes)).toBe('MX')
          expect(signed.signed['signature']).not.toBe(base64(sign(own.seed, transaction.bytesToSign())))
          const data = signs('sign:program-data', { program: programAddress, data: base64(concat(message, program)) })
          expect(startOf(data.bytes)).toBe('Pr')
        }
        const { payloads } = signWith(algorand, own, {
          operation: 'sign:transaction',
          value: [{ txn: base64(transaction.toByte()) }],
        })
        expect(payloads.map((payload) => startOf(payload.bytes))).toEqual(['TX'])
      }),
    )
  })

  test('each is a right of its own, and programs are allowed one by one', () => {
    const values = {
      'sign:message': { text: 'hello' },
      'sign:logic-signature': { program: base64(program) },
      'sign:program-data': { program: programAddress, data: 'aGVsbG8=' },
    } as const
    const names = ['sign:message', 'sign:logic-signature', 'sign:program-data'] as const
    for (const asked of names) {
      for (const granted of names) {
        const rules = {
          ...noRules,
          operations: [granted],
          networks: [testnet],
          calls: [{ contract: programAddress, selector: granted.slice('sign:'.length) }],
        }
        const { facts } = signs(asked, values[asked])
        const question = { facts, operation: asked, network: testnet, kind: 'decoded' } as const
        expect([asked, granted, evaluate({ ...question, rules }).verdict]).toEqual([
          asked,
          granted,
          asked === granted ? 'allow' : 'deny',
        ])
        if (asked === 'sign:message') continue
        const calls = [{ contract: other.text, selector: granted.slice('sign:'.length) }]
        expect(evaluate({ ...question, rules: { ...rules, calls } }).verdict).toBe('deny')
      }
    }
  })
})

function signatureOf({ signature }: JsonObject): Uint8Array {
  if (typeof signature !== 'string') throw new Error('no signature')
  return bytesOf(signature)
}

function startOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 2))
}

/** The SDK takes a program of printable characters for its source. */
function printable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 10 || (byte >= 32 && byte <= 126))
}
