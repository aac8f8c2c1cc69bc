/**
 * The private key in what KMS encrypts for `GenerateDataKeyPair…`: DER of PKCS #8 (RFC 5958), for Ed25519 as in RFC 8410
 * and for secp256k1 as in RFC 5915. Read by hand, because a library's key object cannot be wiped.
 */
import type { Algorithm } from '../../../core/key.ts'
import { unmoved } from '../../../base/secret.ts'
import { fail } from '../../../signers/refusal.ts'

const sequence = 0x30
const integer = 0x02
const octetString = 0x04

/** The algorithm identifiers, tag and length included. */
const identifiers: ReadonlyMap<Algorithm, string> = new Map([
  ['ed25519', '300506032b6570'],
  ['secp256k1-schnorr', '301006072a8648ce3d020106052b8104000a'],
  ['secp256k1-ecdsa', '301006072a8648ce3d020106052b8104000a'],
])

/**
 * 32 bytes in a buffer of their own: whoever gets them wipes them.
 * @throws SignerRefusal `backend-failed` for any other structure, length or algorithm.
 */
export function privateKeyOfPkcs8(der: Uint8Array, algorithm: Algorithm): Uint8Array {
  const outer = read(der, sequence)
  if (outer.rest.length > 0) throw malformed()
  const version = read(outer.body, integer)
  // Version 1 adds the public key behind the private one.
  if (version.body.length !== 1 || (version.body[0] ?? 2) > 1) throw malformed()
  const identifier = read(version.rest, sequence)
  const whole = version.rest.subarray(0, version.rest.length - identifier.rest.length)
  if (Buffer.from(whole).toString('hex') !== identifiers.get(algorithm)) throw malformed()
  const { body } = read(identifier.rest, octetString)
  return unmoved(algorithm === 'ed25519' ? seedIn(body) : scalarIn(body))
}

function seedIn(curvePrivateKey: Uint8Array): Uint8Array {
  const { body, rest } = read(curvePrivateKey, octetString)
  if (body.length !== 32 || rest.length > 0) throw malformed()
  return body
}

function scalarIn(ecPrivateKey: Uint8Array): Uint8Array {
  const { body: members, rest } = read(ecPrivateKey, sequence)
  const version = read(members, integer)
  if (rest.length > 0 || version.body.length !== 1 || version.body[0] !== 1) throw malformed()
  const { body } = read(version.rest, octetString)
  if (body.length !== 32) throw malformed()
  return body
}

/** One element, in the definite form with the shortest length (X.690, 10.1). */
function read(bytes: Uint8Array, tag: number): { readonly body: Uint8Array; readonly rest: Uint8Array } {
  const first = bytes[1] ?? 0x80
  const long = first === 0x81
  const length = long ? (bytes[2] ?? 0) : first
  const start = long ? 3 : 2
  if (bytes[0] !== tag || (first & 0x80 && !long) || (long && length < 0x80)) throw malformed()
  if (bytes.length < start + length) throw malformed()
  return { body: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) }
}

function malformed() {
  return fail('backend-failed', 'AWS KMS decrypted something that is no private key of the algorithm')
}
