/** Bytes as Algorand writes them: base64 with padding, and MessagePack in the one order of its keys. */
import { ChanceryError, isFields } from './errors.ts'

export function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** @throws ChanceryError `unreadable` */
function bytesOfBase64(value: unknown): Uint8Array {
  try {
    if (typeof value === 'string') return Uint8Array.from(atob(value), (character) => character.charCodeAt(0))
  } catch {
    // Said below, like every other answer that is not what it should be.
  }
  throw unreadable('The answer has something else where base64 belongs')
}

/** An Ed25519 signature. @throws ChanceryError `unreadable` */
export function signatureOf(result: unknown): Uint8Array {
  const signature = bytesOfBase64(isFields(result) ? result['signature'] : undefined)
  if (signature.length !== 64) throw unreadable(`The answer has a signature of ${signature.length} bytes`)
  return signature
}

/** A place for every transaction that was sent. @throws ChanceryError `unreadable` */
export function answersOf(result: unknown, count: number): readonly unknown[] {
  const answers = isFields(result) ? result['transactions'] : undefined
  if (Array.isArray(answers) && answers.length === count) return answers
  throw unreadable(`The answer does not have ${count} transactions`)
}

// {"sig": 64 bytes, "txn": …}, and the same behind "sgnr": 32 bytes where the sender was rekeyed to the key.
const sig = Uint8Array.of(0xa3, 0x73, 0x69, 0x67, 0xc4, 64)
const txn = Uint8Array.of(0xa3, 0x74, 0x78, 0x6e)
const sgnr = Uint8Array.of(0xa4, 0x73, 0x67, 0x6e, 0x72, 0xc4, 32)

/**
 * A signed transaction that holds exactly `sent`, with one signature of the key.
 * @throws ChanceryError `unreadable`: to hand on another transaction would be to send it
 */
export function signedTransactionOf(answer: unknown, sent: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const signed = bytesOfBase64(answer)
  const own = [Uint8Array.of(0x82), sig]
  const rekeyed = [Uint8Array.of(0x83), sgnr, publicKey, sig]
  if ([own, rekeyed].some((head) => isOf(signed, joined(head), joined([txn, sent])))) return signed
  throw unreadable('The answer is not the transaction that was sent with a signature of the key')
}

/** Head, any 64 bytes, tail, and no more. */
function isOf(bytes: Uint8Array, head: Uint8Array, tail: Uint8Array): boolean {
  return (
    bytes.length === head.length + 64 + tail.length &&
    isEqual(bytes.subarray(0, head.length), head) &&
    isEqual(bytes.subarray(head.length + 64), tail)
  )
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function unreadable(detail: string): ChanceryError {
  return new ChanceryError('unreadable', 200, detail)
}
