/** What outputs pay: back to the wallet, to an address, or nothing at all (OP_RETURN). */
import { toHex } from '../../base/bytes.ts'
import { invalid, unsupported } from '../../core/refusals.ts'
import type { PaidOutput } from './intent.ts'
import type { BitcoinNetwork } from './networks.ts'
import type { OwnScript } from './own-scripts.ts'
import { addressOfScript } from './scripts.ts'
import { totalOf, type TransactionOutput } from './transaction.ts'

const opReturn = 0x6a

/** @throws Refused for a script without an address, and for amounts that cannot be. */
export function readOutputs(
  outputs: readonly TransactionOutput[],
  own: readonly OwnScript[],
  network: BitcoinNetwork,
  where: string,
): readonly PaidOutput[] {
  if (outputs.length === 0) throw invalid(where, 'no outputs', 'a transaction with outputs')
  const ours = new Set(own.map(({ script }) => toHex(script)))
  return outputs.map(({ amount, script }, i) => {
    const place = `${where}.outputs[${i}]`
    if (amount < 0n || amount > network.supply) throw invalid(place, String(amount), `0 to ${network.supply}`)
    if (script[0] === opReturn) return dataOutput(amount, script, place)
    const address = addressOfScript(script, network)
    if (address === undefined) throw unsupported(place, toHex(script), 'An output pays to a script without an address')
    return { amount, script, address, own: ours.has(toHex(script)) }
  })
}

function dataOutput(amount: bigint, script: Uint8Array, where: string): PaidOutput {
  if (amount === 0n) return { amount, script, own: false }
  throw unsupported(where, String(amount), 'An OP_RETURN with an amount destroys it')
}

/** @throws Refused where sums are more than there can be, or more is paid than spent. */
export function feeOf(
  spent: readonly { readonly amount: bigint }[],
  paid: readonly { readonly amount: bigint }[],
  { supply }: BitcoinNetwork,
  where: string,
): bigint {
  const [into, out] = [totalOf(spent), totalOf(paid)]
  if (spent.some(({ amount }) => amount < 0n) || into > supply) throw invalid(where, String(into), `at most ${supply}`)
  if (out > into) throw invalid(where, `${out} paid`, `no more than is spent, ${into}`)
  return into - out
}
