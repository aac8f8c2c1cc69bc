// People send private keys and words in the place of transactions and addresses. No refusal repeats them.
import { secretKeyToMnemonic } from 'algosdk'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { isJsonObject, type Json } from '../../../src/base/json.ts'
import { Refused } from '../../../src/core/errors.ts'
import type { SignOperation } from '../../../src/core/names.ts'
import { shape } from '../../../src/http/shape.ts'
import { refusalOf } from '../refusal.ts'
import { good, other, own, refused } from './requests.ts'
import { algorand, base64, pairOfSeed } from './signing.ts'

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

// The door sees it first, and shows what it got where the schema does not call it unshown.
test('a private key in the place of any value is not repeated at the door', () => {
  for (const { schema, example, operation } of algorand.schemas) {
    const read = shape(Type.Unsafe(schema), '')
    const examples = operation === 'sign:transaction' ? [example, full] : [example]
    for (const form of forms) {
      for (const value of [form, ...examples.flatMap((one) => withEach(one, form))]) {
        const refusal = refusedBy(() => read(value))
        expect([refusal, refusal.includes(form.slice(0, 12))]).toEqual([refusal, false])
      }
    }
  }
})

const full: Json = [
  {
    txn: 'gaFhAQ==',
    signers: [own.text],
    authAddr: own.text,
    msig: { version: 1, threshold: 1, addrs: [own.text] },
    stxn: 'gaFhAQ==',
  },
]

/** `value` with one of its parts replaced, for each of them. */
function withEach(value: Json, by: string): readonly Json[] {
  if (Array.isArray(value)) {
    const items: readonly Json[] = value
    return items.flatMap((item, i) => [by, ...withEach(item, by)].map((other) => items.with(i, other)))
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) =>
    [by, ...withEach(member, by)].map((other) => ({ ...value, [name]: other })),
  )
}

/** All of a refusal as text; `taken` where the value has the shape: any text may be a message. */
function refusedBy(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof Refused) return JSON.stringify([error.message, error.particulars])
    throw error
  }
  return 'taken'
}
