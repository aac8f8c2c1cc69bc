/** From a request to an intent: decoded once, strictly, and every number proved before anyone believes it. */
import type { SignRequestBody } from '../../core/chain.ts'
import { readBytes, readClosedObject, readString } from '../../core/fields.ts'
import type { Network } from '../../core/names.ts'
import { invalid, refusal, unsupported } from '../../core/refusals.ts'
import { readInputs } from './inputs.ts'
import type { BitcoinIntent } from './intent.ts'
import { networkOf } from './networks.ts'
import { feeOf, readOutputs } from './outputs.ts'
import { type Psbt, readPsbt } from './psbt.ts'
import { readReplaced } from './replacement.ts'
import { ownScripts } from './own-scripts.ts'
import { statedScript } from './stated-script.ts'
import { summarise } from './summary.ts'
import { rootOf } from './transaction.ts'

/** @throws Refused with where, got and wanted. */
export function parse(request: SignRequestBody, networks: readonly Network[]): BitcoinIntent {
  const { operation, publicKey, value } = request
  if (operation !== 'sign:transaction') {
    throw unsupported('', operation, 'Of Bitcoin, Litecoin and Dogecoin only transactions are signed, as PSBT')
  }
  const network = requireNetwork(request, networks)
  const on = networkOf(network)
  const fields = readClosedObject(value, 'transaction', ['psbt', 'replaces', 'multisig'])
  const psbt = readPsbt(psbtBytes(fields.psbt, 'transaction.psbt'), 'transaction.psbt')
  const stated = statedScript(fields.multisig, request)
  const own = ownScripts(publicKey, stated ?? request.own, on)
  const change = stated === undefined ? own : []
  const judged = judge(psbt, own, change, on)
  const where = 'transaction.replaces'
  const raw = fields.replaces === undefined ? undefined : readBytes(fields.replaces, where)
  const replaced = raw && readReplaced(raw, { transaction: psbt.transaction, own: change, ...judged }, on, where)
  const read = { on, psbt, ...judged, root: rootOf(psbt.transaction), ...(replaced && { replaced }) }
  return { chain: 'bitcoin', operation, network, ...read, summary: summarise(read) }
}

type Scripts = ReturnType<typeof ownScripts>
type Judged = Pick<BitcoinIntent, 'inputs' | 'outputs' | 'fee'>

/** `own` is what may be spent, `change` what may be paid to without being a payment. */
function judge(psbt: Psbt, own: Scripts, change: Scripts, on: BitcoinIntent['on']): Judged {
  const where = 'transaction.psbt'
  const inputs = readInputs(psbt, own, where)
  const outputs = readOutputs(psbt.transaction.outputs, change, on, where)
  return { inputs, outputs, fee: feeOf(inputs, outputs, on, where) }
}

function requireNetwork({ network }: SignRequestBody, networks: readonly Network[]): Network {
  if (network === undefined) throw refusal('invalid-request', 'network is missing', 'network', undefined, 'a network')
  if (networks.includes(network)) return network
  throw refusal('unknown-network', 'The network is not configured', 'network', network, networks.join(', '))
}

/** Base64 as BIP-174 has it, or `0x` hex. */
export function psbtBytes(value: unknown, where: string): Uint8Array {
  const text = readString(value, where)
  if (text.startsWith('0x')) return readBytes(text, where)
  const bytes = Buffer.from(text, 'base64')
  if (text.length > 0 && bytes.toString('base64') === text) return Uint8Array.from(bytes)
  throw invalid(where, `${text.length} other characters`, 'a PSBT in base64 with padding, or 0x and hex')
}
