/** Output scripts and the addresses that stand for them. */
import { Address } from '@scure/btc-signer/payment.js'
import { type BTC_NETWORK, PubT, validatePubkey } from '@scure/btc-signer/utils.js'
import { concat, equal } from '../../base/bytes.ts'
import type { Destination } from './address-reading.ts'
import type { BitcoinNetwork } from './networks.ts'

const opcodes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
/** By kind of address: the bytes before and after its program, the byte of its length among them. */
const templates = {
  // OP_DUP OP_HASH160 20 … OP_EQUALVERIFY OP_CHECKSIG
  p2pkh: [opcodes('76a914'), opcodes('88ac')],
  // OP_HASH160 20 … OP_EQUAL
  p2sh: [opcodes('a914'), opcodes('87')],
  // OP_0 20 …
  p2wpkh: [opcodes('0014'), opcodes('')],
  // OP_0 32 …
  p2wsh: [opcodes('0020'), opcodes('')],
  // OP_1 32 …
  p2tr: [opcodes('5120'), opcodes('')],
} as const
const kinds = ['p2pkh', 'p2sh', 'p2wpkh', 'p2wsh', 'p2tr'] as const

/** The scriptPubKey that pays to an address. */
export function scriptOf({ kind, program }: Destination): Uint8Array {
  const [before, after] = templates[kind]
  return concat(before, program, after)
}

/** Whether something is the x of a point of the curve: to another output key nobody has the private key. */
export function isPoint(x: Uint8Array): boolean {
  try {
    validatePubkey(x, PubT.schnorr)
    return true
  } catch {
    return false
  }
}

/** What a script pays to; undefined for one that no address stands for. */
export function destinationOf(script: Uint8Array): Destination | undefined {
  for (const kind of kinds) {
    const [before, after] = templates[kind]
    const program = script.slice(before.length, script.length - after.length)
    const size = kind === 'p2wsh' || kind === 'p2tr' ? 32 : 20
    if (program.length === size && equal(script, scriptOf({ kind, program }))) {
      return kind === 'p2tr' && !isPoint(program) ? undefined : { kind, program }
    }
  }
  return undefined
}

/** The one text form of an address. */
export function addressText({ kind, program }: Destination, network: BitcoinNetwork): string {
  const made = Address(libraryNetwork(network))
  switch (kind) {
    case 'p2pkh':
      return made.encode({ type: 'pkh', hash: program })
    case 'p2sh':
      return made.encode({ type: 'sh', hash: program })
    case 'p2wpkh':
      return made.encode({ type: 'wpkh', hash: program })
    case 'p2wsh':
      return made.encode({ type: 'wsh', hash: program })
    case 'p2tr':
      return made.encode({ type: 'tr', pubkey: program })
  }
}

/** The address of an output script; undefined where it has none on this network. */
export function addressOfScript(script: Uint8Array, network: BitcoinNetwork): string | undefined {
  const destination = destinationOf(script)
  if (destination === undefined) return undefined
  const segwit = destination.kind !== 'p2pkh' && destination.kind !== 'p2sh'
  return segwit && network.bech32 === undefined ? undefined : addressText(destination, network)
}

/** As the library names them. No private key is ever written here, so there is no version byte for them. */
export function libraryNetwork({ bech32 = '', pubKeyHash, scriptHash }: BitcoinNetwork): BTC_NETWORK {
  return { bech32, pubKeyHash, scriptHash, wif: 0 }
}
