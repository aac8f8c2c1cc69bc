/** Bytes in Algorand's own text form: base64 with padding (RFC 4648, section 4). */
import { invalid } from '../../core/refusals.ts'

const largest = 128 * 1024

/**
 * The refusals do not repeat what they got: in such a place people have sent private keys.
 * @throws Refused unless it is the one spelling that encodes the bytes.
 */
export function readBase64(value: unknown, where: string): Uint8Array {
  if (typeof value !== 'string') throw invalid(where, typeof value, 'base64')
  const bytes = Uint8Array.from(Buffer.from(value, 'base64'))
  if (bytes.length > largest) throw invalid(where, `${bytes.length} bytes`, `at most ${largest} bytes`)
  if (bytes.length > 0 && base64(bytes) === value) return bytes
  throw invalid(where, `${value.length} other characters`, 'base64 with padding, not empty')
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
