/**
 * Reads addresses by the specifications alone: base58check, BIP-173 and BIP-350. The library that makes them (`scripts.ts`)
 * has no part in it, so that one mistake in it cannot agree with itself.
 */
import { base58, bech32, bech32m } from '@scure/base'
import { equal, sha256 } from '../../base/bytes.ts'
import { type BitcoinNetwork, knownNetworks } from './networks.ts'

export type AddressKind = 'p2pkh' | 'p2sh' | 'p2wpkh' | 'p2wsh' | 'p2tr'

/** What an address stands for: `program` is a hash of 20 or 32 bytes, or the x of a tweaked public key. */
export interface Destination {
  readonly kind: AddressKind
  readonly program: Uint8Array
}

export interface Unreadable {
  readonly reason: string
}

const prefixes = new Set(knownNetworks.map((one) => one.bech32))

export function readDestination(text: string, network: BitcoinNetwork): Destination | Unreadable {
  if (/^(ltcmweb|tmweb)1/i.test(text)) {
    return { reason: 'it is an address in an extension block (MWEB): payments to those are not made here' }
  }
  if (text.length < 26 || text.length > 90)
    return { reason: `it has ${text.length} characters, and addresses 26 to 64` }
  const read = readBase58(text)
  // Not by its beginning: some of Litecoin's Base58 addresses begin with LTC1.
  if ('payload' in read) return ofVersion(read.payload, network)
  const prefix = bech32Prefix(text)
  return prefix === undefined ? read : readBech32(text, prefix, network)
}

/** What comes before the last 1, where that is the prefix of a network known here, or of the one that is asked for. */
function bech32Prefix(text: string): string | undefined {
  const prefix = text.slice(0, Math.max(0, text.lastIndexOf('1'))).toLowerCase()
  if (prefixes.has(prefix)) return prefix
  // Base58 has no 0, I, O and l, and its addresses are at most 35 characters long; bech32 has those 0 and l.
  return text.length > 36 ? prefix : undefined
}

function readBech32(text: string, prefix: string, network: BitcoinNetwork): Destination | Unreadable {
  if (network.bech32 === undefined) return { reason: `${network.symbol} has no segwit, and so no such addresses` }
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return { reason: 'it mixes upper and lower case' }
  if (prefix !== network.bech32) return { reason: otherPrefix(prefix, network) }
  const lower = text.toLowerCase()
  const plain = bech32.decodeUnsafe(lower)
  const modified = bech32m.decodeUnsafe(lower)
  const [version, ...words] = (plain ?? modified)?.words ?? []
  if (version === undefined) return { reason: 'its checksum is wrong' }
  if ((version === 0) !== (plain !== undefined)) {
    return { reason: `its checksum is of the wrong kind for a version ${version} address (BIP-350)` }
  }
  const program = bech32.fromWordsUnsafe(words)
  return program ? witnessProgram(version, program) : { reason: 'its last characters have bits that stand for nothing' }
}

function otherPrefix(prefix: string, network: BitcoinNetwork): string {
  const others = knownNetworks.filter((one) => one.bech32 === prefix)
  return others.length === 0 ? `it does not begin with ${network.bech32}1` : ofAnother(others, network)
}

function ofAnother(others: readonly BitcoinNetwork[], { symbol, networkName }: BitcoinNetwork): string {
  const names = others.map((one) => `${one.symbol} ${one.networkName}`)
  return `it is of another network, ${names.join(' or ')}, not of ${symbol} ${networkName}`
}

function witnessProgram(version: number, program: Uint8Array): Destination | Unreadable {
  const { length } = program
  if (version > 1) return { reason: `nobody here knows how to pay to a witness version ${version}` }
  if (version === 1 && length === 32) return { kind: 'p2tr', program }
  if (version === 0 && length === 20) return { kind: 'p2wpkh', program }
  if (version === 0 && length === 32) return { kind: 'p2wsh', program }
  return { reason: `its program of version ${version} has ${length} bytes, not ${version === 1 ? 32 : '20 or 32'}` }
}

/** @returns the version and the hash, 21 bytes, where the checksum is right */
function readBase58(text: string): { readonly payload: Uint8Array } | Unreadable {
  const bytes = base58Bytes(text)
  if (bytes === undefined) return { reason: 'it has characters that no address has' }
  if (bytes.length !== 25) return { reason: `it stands for ${bytes.length} bytes, and addresses for 25` }
  const payload = bytes.subarray(0, 21)
  const right = equal(bytes.subarray(21), sha256(sha256(payload)).subarray(0, 4))
  return right ? { payload } : { reason: 'its checksum is wrong' }
}

function ofVersion(payload: Uint8Array, network: BitcoinNetwork): Destination | Unreadable {
  const version = payload[0] ?? 0
  const program = payload.slice(1)
  if (version === network.pubKeyHash) return { kind: 'p2pkh', program }
  if (version === network.scriptHash || version === network.legacyScriptHash) return { kind: 'p2sh', program }
  return { reason: otherVersion(version, network) }
}

function base58Bytes(text: string): Uint8Array | undefined {
  try {
    return base58.decode(text)
  } catch {
    return undefined
  }
}

function otherVersion(version: number, network: BitcoinNetwork): string {
  const others = knownNetworks.filter((one) => version === one.pubKeyHash || version === one.scriptHash)
  return others.length === 0 ? `its version ${version} is of no network known here` : ofAnother(others, network)
}
