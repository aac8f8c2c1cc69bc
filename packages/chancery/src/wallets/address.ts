/** An address is shown only after other code than made it has read it the same (P-02, P-11). */
import type { AddressForm, AddressReading, Chain } from '../core/chain.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { PublicKey } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import type { AddressFault } from '../core/watching.ts'
import type { Place } from './assets.ts'
import type { WalletRooms } from './rooms.ts'

/** @throws Failed `internal` when the two do not agree: then nothing must be paid there */
export function checkedAddress(
  { meter }: Pick<WalletRooms, 'meter'>,
  { chain, network, native }: Place,
  form: AddressForm,
  publicKey: PublicKey,
): string {
  const address = chain.address(publicKey, network, form.name)
  const read = readAddress(chain, address, network)
  if (read.valid && read.form === (form.readsAs ?? form.name)) return address
  meter.addressInvalid(chain.id, 'derived')
  const reason = read.valid ? `it reads as ${read.form}` : read.reason
  throw new Failed('internal', `Generated address is not ${compatibleWith(native.symbol)}: ${reason}`)
}

function compatibleWith(symbol: string): string {
  const names: Readonly<Record<string, string>> = { BTC: 'Bitcoin', LTC: 'Litecoin', DOGE: 'Dogecoin', ETH: 'Ethereum' }
  return `${names[symbol] ?? symbol}-compatible`
}

export function readAddress(chain: Chain, address: string, network: Network): AddressReading {
  return chain.readAddress?.(address, network) ?? { valid: false, reason: `${chain.id} reads no addresses` }
}

/** An address somebody typed, in its one text form. @throws Refused `invalid-payload` with the reason */
export function destinationOf(
  { meter }: Pick<WalletRooms, 'meter'>,
  { chain, network }: Place,
  text: string,
  where: string,
): string {
  const read = readAddress(chain, text, network)
  if (read.valid) return chain.parseAddress(text, where, network)
  meter.addressInvalid(chain.id, faultIn(read.reason))
  const particulars = { where, got: text.slice(0, 100), wanted: `an address of ${network}` }
  throw new Refused('invalid-payload', `This is no address to pay to: ${read.reason}`, particulars)
}

/** What kind of mistake it was, of the few that are counted. */
function faultIn(reason: string): AddressFault {
  if (/network|version|prefix/i.test(reason)) return 'network'
  return /checksum/i.test(reason) ? 'checksum' : 'form'
}
