/** Addresses: base32 of the public key and four bytes of its SHA-512/256. https://developer.algorand.org/docs/get-details/accounts/ */
import { Address } from 'algosdk'
import { equal } from '../../base/bytes.ts'
import { parseUint64 } from '../../base/uint64.ts'
import type { PublicKey } from '../../core/key.ts'
import { invalid } from '../../core/refusals.ts'
import { kindOf } from './shape.ts'

export function addressOf({ bytes }: PublicKey): string {
  return new Address(Uint8Array.from(bytes)).toString()
}

/** @throws Refused unless it is 58 characters with the right checksum, in the one spelling that encodes it. */
export function parseAddress(text: string, where: string): string {
  return readAddress(text, where).toString()
}

export function readAddress(value: unknown, where: string): Address {
  const wanted = 'an address of 58 characters with the right checksum'
  if (typeof value !== 'string' || !/^[A-Z2-7]{58}$/.test(value)) throw invalid(where, kindOf(value), wanted)
  const address = decoded(value)
  if (address?.toString() !== value) throw invalid(where, value, wanted)
  return address
}

function decoded(text: string): Address | undefined {
  try {
    return Address.fromString(text)
  } catch {
    return undefined
  }
}

export function isOf(address: Address, { bytes }: PublicKey): boolean {
  return equal(address.publicKey, bytes)
}

/** An application is named by its number; a program by its address. @throws Refused */
export function parseContract(text: string, where: string): string {
  if ((parseUint64(text) ?? 0n) > 0n) return text
  if (/^[0-9]+$/.test(text)) throw invalid(where, text, 'the number of an application, or an address')
  return parseAddress(text, where)
}
