/** Addresses: made by one library, read by other code. */
import type { AddressReading } from '../../core/chain.ts'
import type { PublicKey } from '../../core/key.ts'
import { invalid } from '../../core/refusals.ts'
import { type Destination, readDestination, type Unreadable } from './address-reading.ts'
import type { BitcoinNetwork } from './networks.ts'
import { scriptOfKey } from './own-scripts.ts'
import { addressText, isPoint, scriptOf } from './scripts.ts'

/** In the form that is asked for, or the network's usual one for keys of its kind. @throws Refused */
export function addressOf(publicKey: PublicKey, network: BitcoinNetwork, form?: string): string {
  const usual = network.forms.find(({ algorithm }) => algorithm === publicKey.algorithm)
  const wanted = form ?? usual?.name
  if (wanted === undefined) throw invalid('key', publicKey.algorithm, `a key ${network.symbol} has addresses for`)
  return scriptOfKey(publicKey, wanted, network).address
}

/** The form is that of the script: what pays to `p2sh` need not show whether segwit is within. */
export function readAddress(text: string, network: BitcoinNetwork): AddressReading {
  const read = destinationFrom(text, network)
  return 'reason' in read ? { valid: false, reason: read.reason } : { valid: true, form: read.kind }
}

function destinationFrom(text: string, network: BitcoinNetwork): Destination | Unreadable {
  const read = readDestination(text, network)
  if ('reason' in read || read.kind !== 'p2tr' || isPoint(read.program)) return read
  return { reason: 'its public key is no point of the curve: nobody could ever spend what it holds' }
}

/** The script that pays to an address somebody typed. @throws Refused `invalid-payload` with what is wrong with it. */
export function scriptOfAddress(text: string, where: string, network: BitcoinNetwork): Uint8Array {
  return scriptOf(readTyped(text, where, network))
}

/** The one text form: lower case, and the present version where there were two. @throws Refused `invalid-payload` */
export function parseAddress(text: string, where: string, network: BitcoinNetwork): string {
  return addressText(readTyped(text, where, network), network)
}

function readTyped(text: string, where: string, network: BitcoinNetwork): Destination {
  const read = destinationFrom(text, network)
  if (!('reason' in read)) return read
  throw invalid(where, text, `an address of ${network.symbol} ${network.networkName}: ${read.reason}`)
}
